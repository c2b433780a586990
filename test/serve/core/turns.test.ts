/** JSON of long lists, made in turns of the event loop. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { listJson, numbersJson } from "../../../serve/core/turns.ts";

test("the JSON is that of JSON.stringify", async () => {
  for (const list of [[], [1], [{ a: "é" }, null, [1, 2]]]) {
    assert.equal(await listJson(list), JSON.stringify(list));
  }
  for (const length of [0, 1, 8192, 8193, 20_000]) {
    const floats = Float32Array.from({ length }, (_, i) => (i % 7 === 0 ? Number.NaN : i / 3));
    assert.equal(await numbersJson(floats), JSON.stringify(Array.from(floats)));
  }
  assert.equal(await numbersJson(Uint8Array.of(1, 255)), "[1,255]");
});

test("others have their turn while a long list is made", async () => {
  let turns = 0;
  const count = () => {
    turns++;
    timer = setImmediate(count);
  };
  let timer = setImmediate(count);
  // A value that takes 5 ms, whatever the machine.
  const slow = {
    toJSON() {
      const end = performance.now() + 5;
      while (performance.now() < end);
      return 1;
    },
  };
  assert.equal(await listJson(new Array(20).fill(slow)), JSON.stringify(new Array(20).fill(1)));
  clearImmediate(timer);
  // Each turn ends after 10 ms, and the work is 100 ms long at least; a slow machine makes more turns of it.
  assert.ok(turns >= 5, `${turns} turns`);
});
