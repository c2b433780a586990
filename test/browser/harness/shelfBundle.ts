/** A bundle of products: two texts, a table of a number and categories, a sequence and an image, with an invented graph. */

import { tensor } from "@tensorflow/tfjs-core";
import { input, layers, model, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { createRandom } from "../../../pipeline/common/random.ts";
import { convert } from "../../../pipeline/export/convert.ts";
import { toArtifacts } from "../../../pipeline/model/artifacts.ts";
import { publishBundle } from "../../../pipeline/publish/publish.ts";
import { startBackend } from "../../../pipeline/train/backend.ts";
import type { TextSpec } from "../../../predictor/inputs/text.ts";
import type { InputSpec, InputSpecs } from "../../../predictor/inputs/types.ts";
import { collate, createItemEncoder, graphInputs, groupsOf } from "../../../predictor/item.ts";
import type { TensorInfo } from "../../../predictor/manifest.ts";
import { type TargetSpec, targetTypeOf } from "../../../predictor/targets/types.ts";
import { sampleManifest } from "../../predictor/sampleManifest.ts";

export const SHELF_NOUNS = {
  item: "product",
  items: "products",
  label: "shelf",
  labels: "shelves",
};

const textSpec = (maxWords: number, vocabulary: string[]): TextSpec => ({
  type: "text",
  form: "plain",
  maxCharacters: 500,
  maxWords,
  piecesPerWord: 1,
  vocabulary,
  vectorWords: [],
  ngrams: { min: 3, max: 3, buckets: 0 },
});

const MATERIALS = Array.from({ length: 40 }, (_, i) => `material ${i}`);

/** Two of the names are those of places of the page. */
export const SHELF_INPUTS: InputSpecs = {
  answer: textSpec(6, ["kettle", "garden", "shovel"]),
  body: textSpec(40, ["steel", "wooden", "handle", "children"]),
  unit_price: {
    type: "number",
    group: "facts",
    min: 0,
    whole: false,
    center: 20,
    scale: 10,
  },
  brand: { type: "category", group: "facts", values: ["Acme", "Bolt"], maxValues: 1 },
  tags: { type: "category", group: "facts", values: ["red", "blue", "new"], maxValues: 2 },
  form: { type: "category", group: "facts", values: MATERIALS, maxValues: 1 },
  materials: { type: "category", group: "facts", values: MATERIALS, maxValues: 2 },
  sales: { type: "sequence", features: 2, maxSteps: 4, mean: [10, 0], std: [5, 1] },
  photo: { type: "image", height: 8, width: 8 },
  cover: { type: "image", height: 6, width: 4 },
};

const UNITS = 3;

/** Numbers without pattern, the same for the same arguments. */
function noise(shape: number[], seed: string, size = 1) {
  const random = createRandom(11).fork(seed);
  const length = shape.reduce((product, dim) => product * dim);
  return tensor(
    Float32Array.from({ length }, () => size * random.normal()),
    shape,
  );
}

interface Layer {
  apply(x: SymbolicTensor | SymbolicTensor[]): unknown;
}
const apply = (layer: Layer, x: SymbolicTensor | SymbolicTensor[]) =>
  layer.apply(x) as SymbolicTensor;

/** The graph's inputs: those of the types, as they are for one item. */
function shapes(inputs: InputSpecs): TensorInfo[] {
  const tensors = collate([createItemEncoder(inputs).encode({})], inputs);
  return graphInputs(inputs).map((name) => ({
    name,
    type: tensors[name]!.type,
    shape: [...tensors[name]!.dims].slice(1),
  }));
}

/** Rows of a table that an int32 input points into. */
const rowsOf = (spec: InputSpec) =>
  2 + (spec.type === "category" ? spec.values : (spec as TextSpec).vocabulary).length;

/** Publishes the bundle. @param inputs Names of the inputs; default: all of `SHELF_INPUTS`. */
export async function publishShelf(
  path: string,
  target: TargetSpec,
  names: readonly string[] = Object.keys(SHELF_INPUTS),
): Promise<void> {
  await startBackend("cpu");
  const specs = Object.fromEntries(names.map((name) => [name, SHELF_INPUTS[name]!]));
  const inputs = shapes(specs).map(({ name, type, shape }) => ({
    name,
    type,
    symbol: input({ name, shape: shape as number[], dtype: type === "int32" ? type : "float32" }),
  }));
  const attention: SymbolicTensor[] = [];
  const features = inputs.map(({ name, type, symbol }) => {
    if (type !== "int32") {
      const flat =
        symbol.shape.length > 2 ? apply(layers.flatten({ name: `${name}_flat` }), symbol) : symbol;
      const width = flat.shape[1]!;
      // Bytes are much larger than other numbers.
      const kernel = noise([width, UNITS], name, type === "uint8" ? 0.0005 : 0.3);
      return apply(
        layers.dense({ units: UNITS, useBias: false, weights: [kernel], name: `${name}_units` }),
        flat,
      );
    }
    const own = name.replace(/_tokens$/, "");
    const rows = rowsOf(specs[own]!);
    const embed = (dimensions: number, part: string) =>
      layers.embedding({
        inputDim: rows,
        outputDim: dimensions,
        weights: [noise([rows, dimensions], name + part)],
        name: `${own}_${part}`,
      });
    const places = symbol.shape.slice(1).reduce<number>((product, dim) => product * dim!, 1);
    if (specs[own]!.type === "text") {
      const scores = apply(
        layers.reshape({ targetShape: [places], name: `${own}_scores` }),
        apply(embed(1, "attended"), symbol),
      );
      attention.push(
        apply(layers.activation({ activation: "softmax", name: `${own}_shares` }), scores),
      );
    }
    return apply(layers.flatten({ name: `${own}_flat` }), apply(embed(UNITS, "units"), symbol));
  });
  const all = apply(layers.concatenate({ name: "all" }), features);
  const width = all.shape[1]!;
  const head = (units: number, name: string, activation: "softmax" | "sigmoid" | "linear") =>
    apply(
      layers.dense({
        units,
        activation,
        useBias: false,
        weights: [noise([width, units], name, 0.4)],
        name,
      }),
      all,
    );
  const activations = { labels: "sigmoid", class: "softmax", number: "linear" } as const;
  const type = targetTypeOf(target);
  const whole = model({
    inputs: inputs.map(({ symbol }) => symbol),
    outputs: [
      head(type.names(target).length, "head", activations[target.type]),
      head(groupsOf(specs).size, "gates", "linear"),
      ...attention,
    ],
  });
  const texts = names.filter((name) => specs[name]!.type === "text");
  const bytes = inputs.filter((tensor) => tensor.type === "uint8").map(({ name }) => name);
  const { onnx, ...graph } = convert(await toArtifacts(whole), {
    name: "shelf",
    inputs: Object.fromEntries(bytes.map((name) => [name, { dtype: "uint8" }])),
    outputNames: [type.output, "modality_weights", ...texts.map((name) => `${name}_attention`)],
  });
  whole.dispose();
  const info = (tensors: typeof graph.inputs) =>
    tensors.map(({ name, dtype, shape }) => ({ name, type: dtype, shape }) as TensorInfo);
  const { files: _, metrics: _metrics, ...manifest } = sampleManifest();
  await publishBundle(
    path,
    {
      ...manifest,
      name: "shelf",
      target,
      inputs: specs,
      nouns: SHELF_NOUNS,
      metrics: {
        "mae from answer + body + facts": 1.24,
        "mae from answer + body + facts + photo": 0.9,
      },
      graph: { inputs: info(graph.inputs), outputs: info(graph.outputs) },
    },
    { "model.onnx": onnx },
  );
}
