/** A bundle of a number, categories and a sequence, with a graph whose answers can be computed by hand. */

import { tensor2d } from "@tensorflow/tfjs-core";
import { input, layers, model, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { convert } from "../../pipeline/export/convert.ts";
import { toArtifacts } from "../../pipeline/model/artifacts.ts";
import { publishBundle } from "../../pipeline/publish/publish.ts";
import { startBackend } from "../../pipeline/train/backend.ts";
import type { InputSpecs } from "../../predictor/inputs/types.ts";
import { graphInputs, groupsOf } from "../../predictor/item.ts";
import type { Nouns } from "../../predictor/nouns.ts";
import { type TargetSpec, targetTypeOf } from "../../predictor/targets/types.ts";
import { sampleManifest } from "../predictor/sampleManifest.ts";

/** `price` and `tags` are a table; `walk` has a tower of its own. */
export const TABLE_INPUTS: InputSpecs = {
  price: { type: "number", group: "table", min: 0, whole: false, center: 10, scale: 5 },
  tags: {
    type: "category",
    group: "table",
    values: ["red", "blue", "7"],
    maxValues: 2,
    separator: "|",
  },
  walk: { type: "sequence", features: 2, maxSteps: 3, mean: [1, 0], std: [2, 1] },
};

export interface TableItem {
  readonly price?: number;
  readonly tags?: string | number | readonly string[];
  readonly walk?: readonly (readonly number[])[];
}

/** What the graph computes of an item: the scaled price, the sum of the tags' rows, the sum of the standardised steps. */
export function sumsOf({ price, tags = [], walk = [] }: TableItem): [number, number, number] {
  const known = ["red", "blue", "7"];
  const rows = [tags].flat().map((tag) => known.indexOf(String(tag)) + 2 || 1);
  const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
  return [
    price === undefined ? 0 : (price - 10) / 5,
    total(rows),
    total(walk.slice(0, 3).map(([a, b]) => (a! - 1) / 2 + b!)),
  ];
}

/** The value of a number target: price + 10 tags + 100 walk, of the sums above. */
export function numberOf(item: TableItem): number {
  const [price, tags, walk] = sumsOf(item);
  return price + 10 * tags + 100 * walk;
}

/** Probabilities of three classes: the softmax of the sums; of three labels: their sigmoids. */
export function probabilitiesOf(item: TableItem, type: TargetSpec["type"]): number[] {
  const sums = sumsOf(item);
  if (type === "labels") return sums.map((sum) => 1 / (1 + Math.exp(-sum)));
  const exponentials = sums.map(Math.exp);
  const total = exponentials.reduce((sum, value) => sum + value);
  return exponentials.map((value) => value / total);
}

const ACTIVATIONS = { labels: "sigmoid", class: "softmax", number: "linear" } as const;

/** @param target Three labels or classes, or a number. */
export async function publishTable(
  path: string,
  target: TargetSpec,
  { nouns, name = "table" }: { readonly nouns?: Nouns; readonly name?: string } = {},
): Promise<void> {
  await startBackend("cpu");
  const price = input({ shape: [1], name: "price" });
  const hasPrice = input({ shape: [1], name: "has_price" });
  const tags = input({ shape: [2], name: "tags", dtype: "int32" });
  const walk = input({ shape: [3, 2], name: "walk" });
  const mask = input({ shape: [3], name: "walk_mask" });
  const rows = layers.embedding({
    inputDim: 5,
    outputDim: 1,
    weights: [tensor2d([0, 1, 2, 3, 4], [5, 1])],
    name: "rows",
  });
  const apply = (
    layer: { apply(x: SymbolicTensor | SymbolicTensor[]): unknown },
    x: SymbolicTensor | SymbolicTensor[],
  ) => layer.apply(x) as SymbolicTensor;
  // price, has_price, two tags, six numbers, three steps.
  const all = apply(layers.concatenate({ name: "all" }), [
    price,
    hasPrice,
    apply(layers.flatten({ name: "tag_rows" }), apply(rows, tags)),
    apply(layers.flatten({ name: "steps" }), walk),
    mask,
  ]);
  const part = (column: number) => (column === 0 ? 0 : column < 4 ? (column === 1 ? -1 : 1) : 2);
  const factors = [1, 10, 100];
  const isNumber = target.type === "number";
  const kernel = Array.from({ length: 13 }, (_, column) => {
    const own = column < 10 ? part(column) : -1;
    return isNumber ? [factors[own] ?? 0] : [0, 1, 2].map((output) => (output === own ? 1 : 0));
  });
  const answer = layers.dense({
    units: isNumber ? 1 : 3,
    useBias: false,
    activation: ACTIVATIONS[target.type],
    weights: [tensor2d(kernel)],
    name: "answer",
  });
  const weights = layers.dense({
    units: groupsOf(TABLE_INPUTS).size,
    useBias: false,
    weights: [
      tensor2d(
        Array.from({ length: 13 }, (_, column) => [column === 1 ? 1 : 0, column === 10 ? 1 : 0]),
      ),
    ],
    name: "weights",
  });
  const inputs = [price, hasPrice, tags, walk, mask];
  const whole = model({ inputs, outputs: [apply(answer, all), apply(weights, all)] });
  const { onnx, ...graph } = convert(await toArtifacts(whole), {
    inputs: { tags: { dtype: "int32" } },
    outputNames: [targetTypeOf(target).output, "modality_weights"],
    name,
  });
  whole.dispose();
  const info = (tensors: typeof graph.inputs) =>
    tensors.map(({ name, dtype, shape }) => ({
      name,
      type: dtype as "float32",
      shape: shape as (string | number)[],
    }));
  const { files: _, ...manifest } = sampleManifest();
  const order = graphInputs(TABLE_INPUTS);
  await publishBundle(
    path,
    {
      ...manifest,
      name,
      target,
      inputs: TABLE_INPUTS,
      ...(nouns ? { nouns } : {}),
      graph: {
        inputs: info(graph.inputs).sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name)),
        outputs: info(graph.outputs),
      },
    },
    { "model.onnx": onnx },
  );
}
