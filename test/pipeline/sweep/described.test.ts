/** A sweep over a data set that a description declares: options of its own inputs, ranked by its target's metric. */

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { createOptions } from "../../../node/options/options.ts";
import { programFor } from "../../../pipeline/config/options.ts";
import { findDataset } from "../../../pipeline/dataset/load.ts";
import { optionsOf } from "../../../pipeline/inputs/options.ts";
import { readSweep } from "../../../pipeline/sweep/schema.ts";
import { folder } from "../dataset/folder.ts";
import { start } from "../run/tinyRun.ts";

const BRANDS = ["Nord", "Runa", "Berg"];
const ROWS = Array.from({ length: 48 }, (_, i) => {
  const shoe = i % 2 === 0;
  return `p${i},${shoe ? "trail shoe" : "wool hat"} ${i % 5},${10 + i},${BRANDS[i % 3]},${shoe ? "shoes" : "hats"}`;
});
const FILES = {
  "items.csv": `sku,name,price,brand,kind\n${ROWS.join("\n")}\n`,
  "dataset.json": JSON.stringify({
    name: "shop",
    nouns: { item: "product", items: "products", label: "kind", labels: "kinds" },
    items: "items.csv",
    id: "sku",
    inputs: {
      name: { type: "text" },
      price: { type: "number", group: "price" },
      brand: { type: "category", group: "brand" },
    },
    target: { type: "class", column: "kind" },
    split: { test: 0.2 },
  }),
};
const HALVING = { method: "halving", trials: 2, eta: 2, minShare: 0.5 };
const ENCODER = { encoder: "bag", epochs: 2, dimensions: 4 };

async function shop(t: Parameters<typeof folder>[0]) {
  const dir = await folder(t, FILES);
  const base = {
    ...{ data: dir, cache: join(dir, "cache"), folds: 2, backend: "wasm", foldWorkers: 1 },
    name: ENCODER,
    price: { epochs: 4 },
    brand: { epochs: 1 },
  };
  const write = async (sweep: object) => {
    const file = join(dir, "sweep.json");
    await writeFile(file, JSON.stringify({ base, ...sweep }));
    return file;
  };
  return { dir, write };
}

test("an option of a text, of a number and of a category are swept together", async (t) => {
  const { dir, write } = await shop(t);
  const parameters = {
    "name.learningRate": [0.01, 0.02],
    "price.units": [4, 8],
    "brand.dimensions": { min: 2, max: 5 },
  };
  const file = await write({ ...HALVING, parameters });
  const out = join(dir, "out");
  const { code, stdout, stderr } = await start("pipeline/sweep/main.ts", [
    ...["--config", file, "--out", out],
  ]).finished;
  assert.equal(code, 0, stderr);
  assert.match(stderr, /3 trainings of 2 trials, ranked by accuracy of all inputs, all products/);
  assert.match(stdout, /Winner: trial \d, name\.learningRate=0\.0[12] price\.units=[48] brand\./);

  const lines = (await readFile(join(out, "results.jsonl"), "utf8")).trim().split("\n");
  const epochs = lines.slice(1).map((line) => {
    const { config } = JSON.parse(line);
    return [config.name.epochs, config.price.epochs, config.brand.epochs];
  });
  assert.deepEqual(epochs, [...[1, 2].map(() => [1, 2, 1]), [2, 4, 1]]);

  const { inputs, target } = await findDataset(dir);
  const options = createOptions(programFor(inputs, target));
  const best = options.read(["--config", join(out, "best.json")]);
  assert.equal(optionsOf(best, "name", "text").encoder, "bag");
  assert.equal(optionsOf(best, "price", "table").epochs, 4, "not those of the first rung");
});

test("options of the data set's own inputs are checked, and those of movies are none", async (t) => {
  const { write } = await shop(t);
  const mistakes: [parameters: object, message: RegExp][] = [
    [{ "name.epohs": [1] }, /"name\.epohs" is not an option; did you mean "name\.epochs"\?/],
    [{ "prise.units": [1] }, /"prise" is not an option; did you mean "price"\?/],
    [{ "poster.epochs": [1] }, /"poster" is not an option/],
    [{ "brand.units": [1.5] }, /brand\.units: expected int/],
    [{ "train.loss": ["asymmetric"] }, /train\.loss: expected one of/],
  ];
  for (const [parameters, message] of mistakes) {
    const file = await write({ method: "grid", parameters });
    await assert.rejects(readSweep(file), message);
  }
});

test("a data set that does not exist is told before its options are", async (t) => {
  const { dir, write } = await shop(t);
  const base = { data: join(dir, "nowhere") };
  const file = await write({ method: "grid", base, parameters: { "name.units": [1] } });
  await assert.rejects(readSweep(file), /nowhere does not exist; --data is a dataset\.json/);
});
