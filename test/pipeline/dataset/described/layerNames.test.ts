/** Names that the graph makes of inputs' names: the list has all of them, and inputs cannot have them. */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as tf from "@tensorflow/tfjs-layers";
import { declareInputs } from "../../../../pipeline/dataset/described/declare.ts";
import { isLayerEnding, ownerOf } from "../../../../pipeline/dataset/described/layerNames.ts";
import { parseDescription } from "../../../../pipeline/dataset/parseDescription.ts";
import { sequenceSection } from "../../../../pipeline/inputs/sequence/options.ts";
import { tableSection } from "../../../../pipeline/inputs/table/options.ts";
import { towerType } from "../../../../pipeline/inputs/tower.ts";
import { type ModelInputs, modelGroups } from "../../../../pipeline/model/modelInputs.ts";
import { startBackend } from "../../../../pipeline/train/backend.ts";
import { buildShop } from "../../shopModel.ts";

before(() => startBackend("wasm"));

/** Names of all layers of the inputs' towers in the graph. */
function layersOf(inputs: ModelInputs): string[] {
  return modelGroups(inputs).flatMap((group) => {
    const { inputs: given, tower, attention, amounts } = towerType(group).inGraph(group, 2);
    const outputs = [tower.logits, tower.presence, ...(attention ?? []), amounts].filter(
      (output) => output !== undefined,
    );
    return tf.model({ inputs: [...given], outputs }).layers.map(({ name }) => name);
  });
}

const options = { ...tableSection.parse({}), linear: 0.5 };
const table: ModelInputs = {
  price: {
    type: "number",
    spec: { type: "number", group: "facts", whole: false, center: 0, scale: 1 },
    options,
    fit: { clip: 2, places: [0, 1, 2] },
  },
  brand: {
    type: "category",
    spec: { type: "category", group: "facts", values: ["a"], maxValues: 1 },
    options,
  },
};
const steps = (given: object): ModelInputs => ({
  steps: {
    type: "sequence",
    spec: { type: "sequence", features: 1, maxSteps: 3, mean: [0], std: [1] },
    options: sequenceSection("steps").parse(given),
  },
});

/** A text in the group "article". */
function inGroup(
  text: ModelInputs[string],
  { encoder, weight = 1 }: { encoder: string; weight?: number },
) {
  const { spec, options } = text as { spec: object; options: object };
  const group = { spec: { ...spec, group: "article" }, options: { ...options, encoder }, weight };
  return { ...text, ...group } as ModelInputs[string];
}

test("every layer of every tower has a name of the list", async () => {
  const { parts } = await buildShop();
  const texts = ["gru"].flatMap((encoder) =>
    ["none", "bahdanau", "luong-concat", "luong-general"].map((attention): ModelInputs => {
      const { name } = parts.inputs as { name: ModelInputs[string] & { options: object } };
      return { name: { ...name, options: { ...name.options, encoder, attention } } as never };
    }),
  );
  const sequences = ["mean", "cnn", "rnn", "lstm", "gru"].flatMap((encoder) =>
    ["none", "bahdanau"].map((attention) => steps({ encoder, attention })),
  );
  const together = ["linear", "gru"].map((encoder) => ({
    name: inGroup(parts.inputs.details!, { encoder, weight: 2 }),
    details: inGroup(parts.inputs.details!, { encoder }),
  }));
  const bidirectional = steps({ bidirectional: true });
  const spec = { type: "number" as const, group: "steps", whole: false, center: 0, scale: 1 };
  const beside = { ...steps({ encoder: "mean" }), price: { ...table.price!, spec } } as ModelInputs;
  const { reviews } = parts.inputs as { reviews: ModelInputs[string] & { options: object } };
  const options = { ...reviews.options, networks: 2 };
  const networks = { reviews: { ...reviews, options } } as ModelInputs;
  const all = [
    parts.inputs,
    table,
    beside,
    networks,
    ...texts,
    ...together,
    ...sequences,
    bidirectional,
  ];
  const unknown = all.flatMap((inputs) => {
    const owners = [...Object.keys(inputs), ...modelGroups(inputs).map(({ name }) => name)];
    return layersOf(inputs).filter(
      (layer) =>
        !owners.includes(layer) &&
        ownerOf(layer, owners) === undefined &&
        !owners.some(
          (owner) => layer.startsWith(`${owner}_`) && isLayerEnding(layer.slice(owner.length + 1)),
        ),
    );
  });
  assert.deepEqual([...new Set(unknown)], []);
});

test("inputs with such names are refused by their key", () => {
  const declare = (inputs: object) =>
    declareInputs(
      parseDescription(
        JSON.stringify({
          name: "shop",
          items: "a.csv",
          inputs,
          target: { type: "labels", column: "tags" },
        }),
        "dataset.json",
      ),
    );
  const text = { type: "text" };
  const number = { type: "number" };
  const refused: [inputs: object, message: RegExp][] = [
    [{ title: text, title_tokens: number }, /inputs\.title_tokens: "title_tokens" is a name that/],
    [{ photo: { type: "image" }, has_photo: number }, /inputs\.has_photo: .* derives from "photo"/],
    [
      { steps: { type: "sequence" }, steps_mask: text },
      /"steps_mask" .* from "steps"; choose .* "column"/,
    ],
    [{ title: text, title_word: text }, /inputs\.title_word/],
    [{ price: number, table_sum: number }, /inputs\.table_sum: .* derives from "table"/],
  ];
  for (const [inputs, message] of refused) assert.throws(() => declare(inputs), message);
  const fine = { title: text, title_size: number, titles: text, price: number, price_usd: number };
  assert.equal(Object.keys(declare(fine))[0], "title");
});
