/** The tables of types for page and worker: complete, and the only places that name a type. */

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { type InputSpec, type InputSpecs, inputSpec } from "../../../../predictor/inputs/types.ts";
import { createItemEncoder, presentGroups } from "../../../../predictor/item.ts";
import { pageType } from "../../../../web/page/inputs/types.ts";
import { exampleItem, typedExample, workerType } from "../../../../web/worker/inputs/types.ts";
import { sampleInputs } from "../../../predictor/sampleManifest.ts";

const WEB = fileURLToPath(new URL("../../../../web", import.meta.url));
/** Every type that a manifest may have. */
const NAMES = inputSpec.options.map(({ shape }) => shape.type.value);
/** Where a type's own files are. */
const TABLES = ["page/inputs/", "worker/inputs/"];

test("page and worker have a row for every type of the predictor", () => {
  assert.ok(NAMES.length >= 6, NAMES.join());
  for (const type of NAMES) {
    assert.equal(typeof pageType({ type } as InputSpec).createField, "function", type);
    assert.equal(typeof workerType({ type } as InputSpec).example, "function", type);
  }
});

test("nothing else in page and worker names a type, or imports what is a type's own", async () => {
  const quoted = new RegExp(`(===|!==|case|type:) ["'](${NAMES.join("|")})["']`);
  const imported = new RegExp(`inputs/(${NAMES.join("|")})\\.ts`);
  const entries = await readdir(WEB, { recursive: true });
  const files = entries.filter(
    (name) => /^(page|worker)\/.*\.ts$|^main\.ts$/.test(name) && !/\.d\.ts$/.test(name),
  );
  assert.ok(files.length > 50, `${files.length} files`);
  const naming: string[] = [];
  for (const name of files) {
    if (TABLES.some((folder) => name.startsWith(folder))) continue;
    const text = await readFile(join(WEB, name), "utf8");
    if (quoted.test(text) || imported.test(text)) naming.push(name);
  }
  assert.deepEqual(naming, []);
});

const SPECS: InputSpecs = {
  ...sampleInputs(),
  plain: { ...sampleInputs().title, form: "plain", vocabulary: ["wooden", "of"], maxCharacters: 4 },
  any: { type: "number", whole: false },
  centred: { type: "number", whole: true, min: 3, center: 1234.5, scale: 2 },
  narrow: { type: "number", whole: false, min: 0.2001, max: 0.2002 },
  below: { type: "number", whole: false, max: -5 },
  one: { type: "category", values: ["a", "b"], maxValues: 1 },
  several: { type: "category", values: ["a", "b", "c"], maxValues: 5 },
  steps: { type: "sequence", features: 2, maxSteps: 3, mean: [100, 0], std: [0.5, 1] },
};

test("the example of every type is one that the predictor takes, and says something", () => {
  const item = exampleItem(SPECS);
  const features = createItemEncoder(SPECS).encode(item);
  const texts = ["title", "plain"];
  const groups = presentGroups(features, SPECS);
  for (const name of Object.keys(SPECS)) {
    // A year is found in the title; a word may be unknown.
    if (name !== "year" && !texts.includes(name)) assert.ok(groups.includes(name), name);
  }
  assert.deepEqual(
    Object.keys(SPECS).filter((name) => !(name in item)),
    ["year"],
  );
  assert.deepEqual(
    Object.keys(item).filter((name) => !(name in typedExample(SPECS))),
    ["poster"],
  );
  assert.deepEqual([item.any, item.centred, item.below], [0, 1230, -5]);
});

test("a category that knows no value has no example", () => {
  const inputs: InputSpecs = { none: { type: "category", values: [], maxValues: 1 } };
  assert.deepEqual(exampleItem(inputs), {});
});
