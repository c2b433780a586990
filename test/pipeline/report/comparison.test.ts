/** A report reads the results of sweeps. */

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { readComparisons } from "../../../pipeline/report/comparison.ts";
import { createTestSweeps, type TestSweeps } from "../sweep/tinySweep.ts";

let sweeps: TestSweeps;
before(async () => {
  sweeps = await createTestSweeps();
});
after(() => sweeps.remove());

test("a sweep's results.json gives its trials, best first", async () => {
  await sweeps.run("rates", {
    method: "grid",
    parameters: { "ratings.learningRate": [0.1, 0.01, 1] },
  });
  const [comparison] = readComparisons([join(sweeps.root, "rates", "results.json")]);
  assert.equal(comparison!.objective, "mAP@5 of all inputs, all movies");
  assert.equal(comparison!.folds, 2);
  assert.deepEqual(
    comparison!.rows.map(({ options }) => options),
    ["0.01", "0.1", "1"].map((rate) => `ratings.learningRate=${rate}`),
  );
  assert.equal(comparison!.rows[0]!.std, 0.01);
  assert.equal("data" in comparison!.base, false, "no path of the sweep's machine");
});

test("a file that is missing or not a results.json is named", async () => {
  const other = join(sweeps.root, "other.json");
  assert.throws(() => readComparisons([other]), { field: "comparisons", message: /other\.json/ });
  await writeFile(other, '{ "rows": [] }');
  assert.throws(() => readComparisons([other]), /other\.json is not the results\.json of a sweep/);
});

test("the comparisons of the published model's configuration can be read", async () => {
  const { comparisons } = JSON.parse(await readFile("models/ml1m.json", "utf8")) as {
    comparisons: string[];
  };
  assert.equal(readComparisons(comparisons).length, comparisons.length);
  assert.ok(comparisons.length > 0);
});
