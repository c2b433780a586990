/** What is refused or said of a data set before anything is trained. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { SILENT } from "../../../pipeline/common/console.ts";
import { type Config, createConfigSchema } from "../../../pipeline/config/schema.ts";
import { readDataset } from "../../../pipeline/run/readDataset.ts";
import { folder } from "../dataset/folder.ts";

const CONFIG = createConfigSchema({}).parse({});

/** Products, of which the description's share is for testing. */
async function read(
  t: Parameters<typeof folder>[0],
  share: number,
  folds: number,
  publish: Config["publish"] = "refit",
  count = 6,
) {
  const description = {
    ...{ name: "shop", items: "items.csv", id: "sku" },
    nouns: { item: "product", items: "products" },
    inputs: { name: { type: "text" } },
    target: { type: "class", column: "tag" },
    split: { test: share },
  };
  const rows = Array.from(
    { length: count },
    (_, i) => `a${i},Item ${i},${i % 2 === 0 ? "x" : "y"}`,
  );
  const data = await folder(t, {
    "items.csv": `sku,name,tag\n${rows.join("\n")}\n`,
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

test("an average of folds is refused where no item is for testing", async (t) => {
  await assert.rejects(read(t, 0.0001, 2, "folds"), {
    name: "OptionsError",
    message: /^--publish folds needs products for testing, and the data set has none: .* refit$/,
  });
  assert.equal((await read(t, 0.4, 2, "folds", 10)).dataset.movies.length, 10);
  assert.equal((await read(t, 0.0001, 2, "refit")).dataset.movies.length, 6);
});

test("a share that holds nothing out for testing is said", async (t) => {
  const { warnings } = await read(t, 0.0001, 0);
  assert.match(
    warnings.join("\n"),
    /^split\.test: of 6 products, the share 0\.0001 holds none out for testing, .*larger share$/,
  );
});
