/** Tables' towers: numbers and categories together, in both runtimes. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "../../../../pipeline/common/random.ts";
import type { CategoryInput } from "../../../../pipeline/inputs/category/fit.ts";
import type { NumberInput } from "../../../../pipeline/inputs/number/fit.ts";
import { tableSection } from "../../../../pipeline/inputs/table/options.ts";
import { buildTower } from "../../../../pipeline/model/build.ts";
import type { ModelInputs } from "../../../../pipeline/model/modelInputs.ts";
import { labelsTarget } from "../../labelsTarget.ts";
import { largestDifference, NOTHING, rowsOf, runBoth } from "../anyInputs.ts";

function table(
  { linear = 0, ...options }: { readonly linear?: number; readonly units?: number },
  group: string | undefined = "table",
) {
  const parsed = {
    ...tableSection.parse({ units: 6, dimensions: 3, ...options }),
    linear,
  };
  const price: NumberInput = {
    type: "number",
    spec: { type: "number", group, whole: false, center: 10, scale: 5 },
    options: parsed,
    fit: { clip: 2, places: [-1, 0, 0.5, 3] },
  };
  const brand: CategoryInput = {
    type: "category",
    spec: { type: "category", group, values: ["runa", "nord"], maxValues: 2 },
    options: parsed,
  };
  return { price, brand };
}

const NO_TARGET = { labels: 2, target: labelsTarget(["a", "b"], Float32Array.of(-0.5, 0.3)) };

const ITEMS = [
  { price: 12, brand: "runa" },
  { price: 12, brand: "nord" },
  { price: 12, brand: ["nord", "runa"] },
  { price: 12 },
  { brand: "runa" },
  { price: 10, brand: "who" },
  { price: 900, brand: "who" },
  { price: 9000, brand: "who" },
  {},
];

for (const options of [{}, { units: 0 }, { linear: 0.5 }, { units: 0, linear: 0.5 }]) {
  test(`with ${JSON.stringify(options)}: the graph computes what the model does`, async () => {
    const outputs = await runBoth(table(options), ITEMS);
    assert.ok(largestDifference(outputs) < 1e-5);
    const rows = rowsOf(outputs.tfjs.probabilities!);
    const known = rows.map(([first]) => first!);
    // The last two prices are clipped alike, everything else tells items apart.
    assert.equal(new Set(known.slice(0, 7).map((value) => value.toFixed(5))).size, 7);
    assert.equal(known[6], known[7]);
    for (const [i, value] of NOTHING.entries()) assert.ok(Math.abs(rows[8]![i]! - value) < 1e-6);
  });
}

test("a price of the centre is encoded as 0 and is not missing", async () => {
  const { price } = table({}, undefined);
  const { tfjs } = await runBoth({ price }, [{ price: 10 }, {}]);
  const [there, missing] = rowsOf(tfjs.probabilities!);
  assert.ok(Math.abs(there![0]! - missing![0]!) > 1e-3);
});

test("a single column is a table by itself", async () => {
  const { price, brand } = table({}, undefined);
  for (const inputs of [{ price }, { brand }] as ModelInputs[]) {
    const outputs = await runBoth(inputs, [{ price: 12, brand: "nord" }, {}]);
    assert.ok(largestDifference(outputs) < 1e-5);
    assert.equal(outputs.tfjs.modality_weights!.length, 2);
  }
});

test("columns interact: without a hidden layer, they do not", async () => {
  for (const units of [0, 6]) {
    const { tfjs } = await runBoth(table({ units }), [
      { price: 9, brand: "runa" },
      { price: 14, brand: "runa" },
      { price: 9, brand: "nord" },
      { price: 14, brand: "nord" },
    ]);
    const [a, b, c, d] = rowsOf(tfjs.probabilities!).map(([p]) => Math.log(p! / (1 - p!)));
    const interaction = Math.abs(b! - a! - (d! - c!));
    assert.equal(interaction > 1e-4, units > 0, `${units} units: ${interaction}`);
  }
});

test("hundreds of numbers have as many layers as a few, and none moves another", async () => {
  const numbers = (count: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, i): [string, NumberInput] => {
        const { price } = table({}, "table");
        // Places of their own, and of every third number fewer.
        const places = i % 3 === 0 ? [-1, 1 + i] : [-2 - i, 0.5, 3];
        return [`n${i}`, { ...price, fit: { clip: 2, places } }];
      }),
    );
  const layers = (count: number) =>
    buildTower("table", { ...NO_TARGET, inputs: numbers(count) }, createRandom(1)).layers.length;
  // Beside the inputs themselves: a number and its flag.
  assert.equal(layers(200) - 2 * 200, layers(6) - 2 * 6);

  const inputs = numbers(6);
  const all = Object.fromEntries(Object.keys(inputs).map((name, i) => [name, 4 + 3 * i]));
  const items = [all, ...Object.keys(all).map((name) => ({ ...all, [name]: undefined })), {}];
  const outputs = await runBoth(inputs, items);
  assert.ok(largestDifference(outputs) < 1e-5);
  const rows = rowsOf(outputs.tfjs.probabilities!).map(([first]) => first!.toFixed(6));
  assert.equal(new Set(rows).size, items.length);
  for (const name of Object.keys(inputs)) {
    const alone = await runBoth({ [name]: inputs[name]! }, [{ [name]: 12 }, {}]);
    assert.ok(largestDifference(alone) < 1e-5);
  }
});

test("a price may stand beside a sequence", async () => {
  const { price } = table({}, "steps");
  const { sequenceSection } = await import("../../../../pipeline/inputs/sequence/options.ts");
  const steps = {
    type: "sequence" as const,
    spec: { type: "sequence" as const, features: 1, maxSteps: 3, mean: [0], std: [1] },
    options: sequenceSection("steps").parse({ encoder: "mean" }),
  };
  const items = [{ steps: [1, 2], price: 12 }, { steps: [1, 2] }, { price: 12 }, {}];
  const outputs = await runBoth({ steps, price }, items);
  assert.ok(largestDifference(outputs) < 1e-5);
  const first = rowsOf(outputs.tfjs.probabilities!).map(([p]) => p!.toFixed(5));
  assert.equal(new Set(first).size, 4);
});
