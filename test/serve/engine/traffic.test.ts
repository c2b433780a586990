/** Splits of a model's requests: their text, and which version a request gets. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseTraffic, pick, pointOf } from "../../../serve/engine/traffic.ts";

test("splits are read, for one model or several", () => {
  const read = (text: string) =>
    [...parseTraffic(text)].map(([name, split]) => [name, Object.fromEntries(split)]);
  assert.deepEqual(read("a=1:90,2:10"), [["a", { "1": 90, "2": 10 }]]);
  assert.deepEqual(read(" a=v1.2:100 ; b=1:99.5, 2:0.5;"), [
    ["a", { "v1.2": 100 }],
    ["b", { "1": 99.5, "2": 0.5 }],
  ]);
  assert.deepEqual(read(""), []);
});

test("what is wrong with a split is said", () => {
  for (const [text, message] of [
    ["a", /^has "a", which is not a split; write NAME=VERSION:90,VERSION:10/],
    ["a=1:100=2", /^has "a=1:100=2", which is not a split/],
    ["a=1", /^has "1", which is not a share/],
    ["a=1:-5,2:105", /^has "1:-5", which is not a share/],
    ["a=1:50,1:50", /^names version "1" of "a" twice/],
    ["a=1:100;a=1:100", /^names "a" twice/],
    ["a=1:50,2:49", /^gives "a" 99 percent; its shares must add up to 100/],
  ] as const) {
    assert.throws(() => parseTraffic(text), { message }, text);
  }
});

test("a share gets its part of the keys, and a larger last one keeps those that it had", () => {
  const keys = Array.from({ length: 10_000 }, (_, i) => `user-${i}`);
  const second = (percent: number) => {
    const shares = [["first", 100 - percent] as const, ["second", percent] as const];
    return keys.filter((key) => pick(shares, pointOf("a", key)) === "second");
  };
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 100 }),
      fc.integer({ min: 0, max: 100 }),
      (one, other) => {
        const [few, many] = [second(Math.min(one, other)), new Set(second(Math.max(one, other)))];
        assert.ok(few.every((key) => many.has(key)));
        assert.ok(Math.abs(few.length - keys.length * (Math.min(one, other) / 100)) < 200);
      },
    ),
    { numRuns: 10, seed: 1 },
  );
});

test("models split their keys by themselves; without a key a request is anywhere", () => {
  const keys = Array.from({ length: 1000 }, (_, i) => `user-${i}`);
  const both = keys.filter((key) => pointOf("a", key) < 0.1 && pointOf("b", key) < 0.1);
  assert.ok(both.length < 40, `${both.length} of the same keys`);
  const points = keys.map(() => pointOf("a", undefined));
  assert.ok(new Set(points).size > 990);
  assert.ok(points.every((point) => point >= 0 && point < 1));
});
