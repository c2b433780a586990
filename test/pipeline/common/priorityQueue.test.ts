import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { createPriorityQueue } from "../../../pipeline/common/priorityQueue.ts";
import { createRandom } from "../../../pipeline/common/random.ts";

it("gives the smallest item first, whatever is pushed in between", () => {
  // Numbers are pushed, null pops.
  const steps = fc.array(fc.option(fc.integer({ min: -9, max: 9 }), { nil: null }));
  fc.assert(
    fc.property(steps, (list) => {
      const queue = createPriorityQueue<number>((a, b) => a - b);
      let expected: number[] = [];
      for (const value of list) {
        if (value === null) assert.equal(queue.pop(), expected.shift());
        else {
          queue.push(value);
          expected = [...expected, value].sort((a, b) => a - b);
        }
      }
      while (expected.length > 0) assert.equal(queue.pop(), expected.shift());
      assert.equal(queue.pop(), undefined);
    }),
    { seed: 1 },
  );
});

it("compares an item with a logarithmic number of others", () => {
  let comparisons = 0;
  const queue = createPriorityQueue<number>((a, b) => {
    comparisons++;
    return a - b;
  });
  const count = 4096;
  const random = createRandom("queue");
  for (let i = 0; i < count; i++) queue.push(random.next());
  while (queue.pop() !== undefined);
  assert.ok(comparisons < 3 * count * Math.log2(count), `${comparisons}`);
});
