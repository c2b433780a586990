/** A priority queue: a binary heap in an array. */

export interface PriorityQueue<T> {
  push(item: T): void;
  /** Removes and returns the first item; undefined if there is none. */
  pop(): T | undefined;
}

/** @param compare Negative where `a` comes out before `b`. Of equal items, either comes out first. */
export function createPriorityQueue<T>(compare: (a: T, b: T) => number): PriorityQueue<T> {
  // The children of the item at i are at 2 i + 1 and 2 i + 2, and neither comes before it.
  const items: T[] = [];

  function rise(item: T, start: number): void {
    let at = start;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (compare(item, items[parent]!) >= 0) break;
      items[at] = items[parent]!;
      at = parent;
    }
    items[at] = item;
  }

  function sink(item: T): void {
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && compare(items[child + 1]!, items[child]!) < 0) child++;
      if (compare(item, items[child]!) <= 0) break;
      items[at] = items[child]!;
      at = child;
    }
    items[at] = item;
  }

  return {
    push(item) {
      items.push(item);
      rise(item, items.length - 1);
    },
    pop() {
      const first = items[0];
      const last = items.pop();
      if (items.length > 0) sink(last!);
      return first;
    },
  };
}
