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

/** How many elements `work` sorts with a function that compares. */
export function sortedBy(work: () => unknown): Promise<number> {
  return callsOf(Array.prototype, ["sort"], work, ({ length }) => length);
}

/**
 * An array that counts how often its elements are read, by index or by methods, also through parts of it such as
 * subarrays.
 */
export function countingReads<T extends object>(array: T): { array: T; reads: () => number } {
  let count = 0;
  function wrap<U extends object>(counted: U): U {
    return new Proxy(counted, {
      get(target, key) {
        const value = Reflect.get(target, key);
        if (typeof key === "string" && /^\d+$/.test(key)) count++;
        // Methods of arrays read the elements through the proxy; those of typed arrays refuse it.
        if (typeof value !== "function" || !ArrayBuffer.isView(target)) return value;
        return (...args: unknown[]) => {
          if (key !== "subarray") count += (target as unknown as Uint8Array).length;
          const result = value.apply(target, args);
          return ArrayBuffer.isView(result) ? wrap(result) : result;
        };
      },
      set: (target, key, value) => Reflect.set(target, key, value),
    });
  }
  return { array: wrap(array), reads: () => count };
}
