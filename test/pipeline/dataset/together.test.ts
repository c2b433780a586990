/** What stays together: declared groups, identical images, and what both link. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { LabelledMovie } from "../../../pipeline/dataset/dataset.ts";
import { countApart, keepTogether } from "../../../pipeline/dataset/together.ts";
import { folder } from "./folder.ts";

const INPUTS = { front: { type: "image" }, back: { type: "image" } } as const;

interface Given {
  readonly front?: string | undefined;
  readonly back?: string | undefined;
  readonly group?: string | undefined;
}

/** Numbers the keys in order of appearance; "-" for an item on its own. */
async function keysOf(dir: string, given: readonly Given[]): Promise<string> {
  const items = given.map(({ front, back, group }) => ({
    values: {
      ...(front === undefined ? {} : { front: join(dir, front) }),
      ...(back === undefined ? {} : { back: join(dir, back) }),
    },
    group,
  }));
  const keys = await keepTogether(items, INPUTS);
  const known = [...new Set(keys.filter((key) => key !== undefined))];
  return keys.map((key) => (key === undefined ? "-" : known.indexOf(key))).join("");
}

test("images with the same bytes share a key, others have none", async (t) => {
  const dir = await folder(t, { a: "same", b: "same", c: "size", d: "other size", e: "same" });
  const fronts = ["a", "c", "b", undefined, "d", "e", "c"];
  assert.equal(
    await keysOf(
      dir,
      fronts.map((front) => ({ front })),
    ),
    "010--01",
  );
});

test("items that share any of several images, or share some with the same, share a key", async (t) => {
  const dir = await folder(t, { a: "one", b: "two", c: "three", d: "four!", e: "alone" });
  // 0 and 1 share a, 2 and 3 share c, and 4 shares b with 1 and d with 3; 5 has the same image twice.
  const images = [["a"], ["a", "b"], ["c"], ["d", "c"], ["b", "d"], ["e", "e"], []];
  const items = images.map(([front, back]) => ({ front, back }));
  assert.equal(await keysOf(dir, items), "00000--");
});

test("items of a declared group share a key, and an image joins two groups", async (t) => {
  const dir = await folder(t, { a: "one", b: "two" });
  const items: Given[] = [
    { group: "x" },
    { group: "y", front: "a" },
    { group: "z" },
    { group: "x", front: "a" },
    { group: "z", front: "b" },
    { group: "y" },
    { group: "alone" },
    {},
  ];
  assert.equal(await keysOf(dir, items), "001010--");
});

test("what can be apart are groups, and items on their own", () => {
  const items = ["a", "b", "a", undefined, undefined].map((group) => ({ group }));
  assert.equal(countApart(items as Pick<LabelledMovie, "group">[]), 4);
  assert.equal(countApart([]), 0);
});
