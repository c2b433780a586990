/** Counts steps of work instead of measuring time: how they grow with the input is the same on every machine. */

/** How often `work` calls the methods of a built-in class, such as `Map.prototype`. */
export function callsOf(prototype: object, methods: readonly string[], work: () => void): number {
  let calls = 0;
  const originals = methods.map(
    (name) => [name, Object.getOwnPropertyDescriptor(prototype, name)!] as const,
  );
  for (const [name, { value }] of originals) {
    const counted = function (this: unknown, ...args: unknown[]) {
      calls++;
      return value.apply(this, args);
    };
    Object.defineProperty(prototype, name, { value: counted, configurable: true, writable: true });
  }
  try {
    work();
  } finally {
    for (const [name, descriptor] of originals) Object.defineProperty(prototype, name, descriptor);
  }
  return calls;
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
