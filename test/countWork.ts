/** Counts steps of work instead of measuring time: how they grow with the input is the same on every machine. */

/**
 * How often `work` calls methods of a built-in class, or what these calls cost.
 *
 * @param prototype For instance `Map.prototype`.
 * @param cost Of a call on the object given; default: 1.
 */
export async function callsOf<T extends object>(
  prototype: T,
  methods: readonly (string & keyof T)[],
  work: () => unknown,
  cost: (self: T) => number = () => 1,
): Promise<number> {
  let sum = 0;
  const originals = methods.map(
    (name) => [name, Object.getOwnPropertyDescriptor(prototype, name)!] as const,
  );
  for (const [name, descriptor] of originals) {
    const counted = function (this: T, ...args: unknown[]) {
      sum += cost(this);
      return descriptor.value.apply(this, args);
    };
    Object.defineProperty(prototype, name, { ...descriptor, value: counted });
  }
  try {
    await work();
  } finally {
    for (const [name, descriptor] of originals) Object.defineProperty(prototype, name, descriptor);
  }
  return sum;
}

/** How many elements of arrays `work` may look at in `includes`. */
export function scannedBy(work: () => unknown): Promise<number> {
  return callsOf(Array.prototype, ["includes"], work, ({ length }) => length);
}

/** An array that counts how often its elements are read; methods such as `map` read them, too. */
export function countingReads<T extends object>(array: T): { array: T; reads: () => number } {
  let count = 0;
  const proxy = new Proxy(array, {
    get(target, key) {
      if (typeof key === "string" && /^\d+$/.test(key)) count++;
      const value = Reflect.get(target, key);
      // Methods of typed arrays refuse proxies, but those of arrays read their elements through them.
      return typeof value === "function" && ArrayBuffer.isView(target) ? value.bind(target) : value;
    },
  });
  return { array: proxy, reads: () => count };
}
