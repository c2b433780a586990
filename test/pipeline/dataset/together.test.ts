/** What stays together: declared groups, identical images, and what both link. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { LabelledMovie } from "../../../pipeline/dataset/dataset.ts";
import { createIssueList, describeDataIssue } from "../../../pipeline/dataset/issues.ts";
import {
  countApart,
  keepTogether,
  type TogetherSource,
} from "../../../pipeline/dataset/together.ts";
import { folder } from "./folder.ts";

const INPUTS = { front: { type: "image" }, back: { type: "image" } } as const;

interface Given {
  readonly front?: string | undefined;
  readonly back?: string | undefined;
  readonly group?: string | undefined;
}

type Context = Parameters<typeof folder>[0];

/** Numbers the keys in order of appearance; "-" for an item on its own. */
async function keysOf(
  root: string,
  given: readonly Given[],
  { issues = createIssueList(), ...source }: Partial<TogetherSource> = {},
): Promise<string> {
  const items = given.map(({ front, back, group }) => ({
    values: {
      ...(front === undefined ? {} : { front: join(root, front) }),
      ...(back === undefined ? {} : { back: join(root, back) }),
    },
    group,
  }));
  const keys = await keepTogether(items, INPUTS, { root, issues, ...source });
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

/** A folder with as many different pictures, "0" and so on, and a placeholder under two names. */
function album(t: Context, pictures: number): Promise<string> {
  const names = Array.from({ length: pictures }, (_, i) => [String(i), `picture ${i}`]);
  return folder(t, { ...Object.fromEntries(names), none: "no image", nil: "no image" });
}

const times = (count: number, give: (i: number) => Given): Given[] =>
  Array.from({ length: count }, (_, i) => give(i));

test("a placeholder keeps no items together, and is named with what to do", async (t) => {
  const dir = await album(t, 90);
  const issues = createIssueList();
  const items: Given[] = [
    ...times(90, (i) => ({ front: String(i), ...(i < 6 ? { back: "none" } : {}) })),
    ...times(6, (i) => ({ front: "nil", group: i < 2 ? "x" : undefined })),
    { front: "7" },
  ];
  const keys = await keysOf(dir, items, { issues });
  assert.equal(keys, `${"-".repeat(7)}0${"-".repeat(82)}11${"-".repeat(4)}0`);
  assert.deepEqual(issues.list.map(describeDataIssue), [
    'none: is shared by 12 of 97 movies and taken for a placeholder: it does not keep them together where movies are split. Leave it out of those without an image of their own; if they belong together, name a "group".',
  ]);
  assert.ok(issues.list[0]!.note);
});

test("a placeholder that was written from a table is named by the first line with it", async (t) => {
  const dir = await album(t, 1);
  const issues = createIssueList();
  const madeFiles = new Map([[join(dir, "none"), { file: "items.parquet", line: 3 }]]);
  const nouns = { item: "hat", items: "hats", label: "kind", labels: "kinds" };
  const items = times(12, () => ({ front: "none" }));
  assert.equal(await keysOf(dir, items, { issues, madeFiles, nouns }), "-".repeat(12));
  assert.match(
    describeDataIssue(issues.list[0]!),
    /^items\.parquet: the image of line 3 is shared by 12 of 12 hats and taken for/,
  );
});

test("images that are usually of many items, or that are of few, are no placeholders", async (t) => {
  const dir = await album(t, 8);
  const cases: [what: string, items: Given[]][] = [
    ["twelve questions about each picture", times(96, (i) => ({ front: String(i % 8) }))],
    ["a small table", times(10, () => ({ front: "none" }))],
    ["a series of eleven", [...times(11, () => ({ front: "0" })), ...times(300, () => ({}))]],
  ];
  for (const [what, items] of cases) {
    const issues = createIssueList();
    const keys = await keysOf(dir, items, { issues });
    assert.deepEqual(issues.list, [], what);
    const shared = items.filter(({ front }) => front !== undefined).length;
    assert.equal(keys.replaceAll("-", "").length, shared, what);
  }
  // Two avatars that stand for all pictures.
  const avatars = times(40, (i) => ({ front: String(i % 2) }));
  assert.equal(await keysOf(dir, avatars), "-".repeat(40));
});

test("what can be apart are groups, and items on their own", () => {
  const items = ["a", "b", "a", undefined, undefined].map((group) => ({ group }));
  assert.equal(countApart(items as Pick<LabelledMovie, "group">[]), 4);
  assert.equal(countApart([]), 0);
});
