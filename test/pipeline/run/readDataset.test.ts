/** What is refused or said of a data set before anything is trained. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { SILENT } from "../../../pipeline/common/console.ts";
import { type Config, createConfigSchema } from "../../../pipeline/config/schema.ts";
import { readDataset } from "../../../pipeline/run/readDataset.ts";
import { folder } from "../dataset/folder.ts";

const CONFIG = createConfigSchema({}).parse({});

interface Given {
  readonly publish?: Config["publish"];
  /** Of the products. */
  readonly count?: number;
  /** Of each product by its place, instead of a share. */
  readonly side?: (i: number) => "train" | "validation" | "test";
  /** Of each product by its place; the description names a column of groups. */
  readonly group?: (i: number) => number;
}

/** Products, of which the description's share is for testing. */
async function read(
  t: Parameters<typeof folder>[0],
  share: number,
  folds: number,
  { publish = "refit", count = 6, side, group }: Given = {},
) {
  const description = {
    ...{ name: "shop", items: "items.csv", id: "sku" },
    nouns: { item: "product", items: "products" },
    inputs: { name: { type: "text" } },
    target: { type: "class", column: "tag" },
    split: side ? { column: "side" } : { test: share, ...(group && { group: "maker" }) },
  };
  const rows = Array.from(
    { length: count },
    (_, i) => `a${i},Item ${i},${i % 2 === 0 ? "x" : "y"},${group?.(i) ?? ""},${side?.(i)}`,
  );
  const data = await folder(t, {
    "items.csv": `sku,name,tag,maker,side\n${rows.join("\n")}\n`,
    "dataset.json": JSON.stringify(description),
  });
  const warnings: string[] = [];
  const out = { ...SILENT, warn: (text: string) => void warnings.push(text) };
  const { dataset } = await readDataset({ ...CONFIG, data, folds, publish }, out);
  return { dataset, warnings };
}

test("more folds than items for training are refused with their number", async (t) => {
  await assert.rejects(read(t, 0.0001, 50), {
    name: "OptionsError",
    message: "--folds must be at most 6, the number of products for training, got 50",
  });
  await assert.rejects(read(t, 0.0001, 7), /got 7$/);
  assert.equal((await read(t, 0.0001, 6)).dataset.movies.length, 6);
});

test("more folds than groups, and a single group, are refused", async (t) => {
  const group = (i: number) => Math.min(i, 2);
  await assert.rejects(read(t, 0.0001, 4, { group }), {
    name: "OptionsError",
    message:
      "--folds must be at most 3, the number of groups that the 6 products for training are in, which stay together, got 4",
  });
  assert.equal((await read(t, 0.0001, 3, { group })).dataset.movies.length, 6);
  for (const folds of [0, 2]) {
    await assert.rejects(read(t, 0.0001, folds, { group: () => 7 }), {
      name: "InputError",
      message: /^split\.group: all 6 products for training are of one group, .*; name another/,
    });
  }
});

test("an average of folds is refused where no item is for testing", async (t) => {
  await assert.rejects(read(t, 0.0001, 2, { publish: "folds" }), {
    name: "OptionsError",
    message: /^--publish folds needs products for testing, and the data set has none: .* refit$/,
  });
  assert.equal((await read(t, 0.4, 2, { publish: "folds", count: 10 })).dataset.movies.length, 10);
  assert.equal((await read(t, 0.0001, 2)).dataset.movies.length, 6);
});

test("items for validation that folds train on are named", async (t) => {
  const side = (i: number) => (i < 3 ? "validation" : i < 9 ? "train" : "test");
  const given = { count: 12, side } as const;
  assert.deepEqual((await read(t, 0, 3, given)).warnings, [
    "--folds trains on the 3 products for validation, too: they are divided into folds with the others, and every fold is held out once; leave --folds out to hold out these 3 alone",
  ]);
  assert.deepEqual((await read(t, 0, 0, given)).warnings, []);
  // Those for validation are not for training.
  const few = { ...given, count: 7 };
  await assert.rejects(read(t, 0, 0, few), /has 4 usable training products, expected at least 5/);
});

test("a share that holds nothing out for testing is said", async (t) => {
  const { warnings } = await read(t, 0.0001, 0);
  assert.match(
    warnings.join("\n"),
    /^split\.test: of 6 products, the share 0\.0001 holds none out for testing, .*larger share$/,
  );
});
