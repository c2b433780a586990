/** Which view a name asks for, and the views of bundles that predict a class or a number from a table. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ModelNotFound } from "../../../../serve/engine/modelErrors.ts";
import type { ModelRef, Models } from "../../../../serve/engine/models.ts";
import { viewOf } from "../../../../serve/oip/views/views.ts";
import { createLabOf, type Lab, post } from "../../server.ts";
import { numberOf, probabilitiesOf, publishTable, type TableItem } from "../../tableBundle.ts";

/** What `viewOf` asks of models, of which these are served. */
function served(...names: string[]): Pick<Models, "find"> {
  return {
    find(ref: ModelRef) {
      if (names.includes(ref.name!)) return {} as never;
      throw new ModelNotFound(`there is no model "${ref.name}"`);
    },
  };
}

test("a bundle's own name means its tensors, wherever there is one", () => {
  const of = (name: string, ...names: string[]) => {
    const { view, ref } = viewOf(served(...names), { name, version: "7" });
    return [view.platform, ref];
  };
  const a = { name: "a", version: "7" };
  assert.deepEqual(of("a", "a"), ["onnx_onnxv1", a]);
  assert.deepEqual(of("a_raw", "a"), ["marquee_raw", a]);
  const own = { name: "a_raw", version: "7" };
  assert.deepEqual(of("a_raw", "a", "a_raw"), ["onnx_onnxv1", own]);
  assert.deepEqual(of("a_raw_raw", "a", "a_raw"), ["marquee_raw", own]);
  for (const name of ["b", "b_raw", "_raw", "a_raw_raw"]) {
    assert.throws(() => of(name, "a"), ModelNotFound);
  }
});

const CLASSES = ["cat", "dog", "eel"];
const ITEMS: TableItem[] = [
  {
    price: 12,
    tags: ["red", "7"],
    walk: [
      [1, 0],
      [3, 2],
    ],
  },
  { tags: "blue" },
  { price: 3.5 },
  { walk: [[5, -1]] },
];
const INPUTS = [
  {
    name: "price",
    datatype: "FP64",
    shape: [4],
    data: ITEMS.map(({ price }) => price ?? null),
  },
  {
    name: "tags",
    datatype: "BYTES",
    shape: [4],
    data: ITEMS.map(({ tags = [] }) => [tags].flat().join("|")),
  },
  {
    name: "walk",
    datatype: "BYTES",
    shape: [4],
    data: ITEMS.map(({ walk }) => (walk ? JSON.stringify(walk) : "")),
  },
];

let lab: Lab;
before(async () => {
  lab = await createLabOf((path) => publishTable(path, { type: "class", classes: CLASSES }));
});
after(() => lab.close());

function assertClose(actual: readonly number[], expected: readonly number[]): void {
  assert.equal(actual.length, expected.length);
  for (const [i, value] of expected.entries()) assert.ok(Math.abs(actual[i]! - value) < 1e-5);
}

test("a class: probabilities, labels and the one that is selected", async () => {
  const { url } = await lab.serve();
  const { status, json, text } = await post(`${url}/v2/models/table_raw/infer`, { inputs: INPUTS });
  assert.equal(status, 200, text);
  const [probabilities, labels, selected] = json.outputs;
  const expected = ITEMS.map((item) => probabilitiesOf(item, "class"));
  assertClose(probabilities.data, expected.flat());
  assert.deepEqual(
    labels.data,
    ITEMS.flatMap(() => CLASSES),
  );
  assert.deepEqual(selected.shape, [4, 1]);
  assert.deepEqual(
    selected.data,
    expected.map((row) => CLASSES[row.indexOf(Math.max(...row))]),
  );
  const refused = await post(`${url}/v2/models/table_raw/infer`, {
    inputs: INPUTS,
    parameters: { threshold: 0.5 },
  });
  assert.equal(refused.status, 400);
  assert.match(refused.json.error, /^parameter "threshold": is not a field here/);
});

test("a number: its value; a bundle named as another's view keeps its own name", async () => {
  const path = join(lab.root, "models", "number");
  await publishTable(
    path,
    { type: "number", name: "Stars", min: -5, max: 5 },
    { name: "table_raw" },
  );
  const { url } = await lab.serve({ model: path });
  const models = `${url}/v2/models`;
  const { json } = await post(`${models}/table_raw_raw/infer`, { inputs: INPUTS });
  assert.deepEqual(
    json.outputs.map(({ name, datatype, shape }: Record<string, unknown>) => [
      name,
      datatype,
      shape,
    ]),
    [["value", "FP32", [4, 1]]],
  );
  assertClose(json.outputs[0].data, ITEMS.map(numberOf));
  const own = await (await fetch(`${models}/table_raw`)).json();
  assert.equal((own as { platform: string }).platform, "onnx_onnxv1");
});
