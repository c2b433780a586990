/** A bundle of products: two texts, a table of a number and categories, a sequence and an image, with an invented graph. */

import { rm } from "node:fs/promises";
import { tensor } from "@tensorflow/tfjs-core";
import { input, layers, model, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { createRandom } from "../../../pipeline/common/random.ts";
import { convert } from "../../../pipeline/export/convert.ts";
import { toArtifacts } from "../../../pipeline/model/artifacts.ts";
import { loadOnnxBackbone, type OnnxBackbone } from "../../../pipeline/model/onnx/load.ts";
import { publishBundle } from "../../../pipeline/publish/publish.ts";
import { startBackend } from "../../../pipeline/train/backend.ts";
import type { TextSpec } from "../../../predictor/inputs/text.ts";
import { type InputSpecs, typeOf } from "../../../predictor/inputs/types.ts";
import { collate, graphInputs, groupsOf } from "../../../predictor/item.ts";
import type { TensorInfo } from "../../../predictor/manifest.ts";
import { type TargetSpec, targetTypeOf } from "../../../predictor/targets/types.ts";
import { textEncoder, wordPiece, writeEncoder } from "../../pipeline/onnxFiles.ts";
import { sampleManifest } from "../../predictor/sampleManifest.ts";

const SHELF_NOUNS = {
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

const NOTE_WORDS = ["heavy", "light", "gift"];

/** A text that a pretrained encoder reads as well. */
const note: TextSpec = {
  ...textSpec(4, NOTE_WORDS),
  tokenizer: {
    file: "note_tokenizer.json",
    config: "note_tokenizer_config.json",
    maxTokens: 8,
    ids: 4 + NOTE_WORDS.length,
    padding: 0,
    empty: [2, 3],
  },
};

const NOTE_FILES = {
  "note_tokenizer.json": JSON.stringify(wordPiece(NOTE_WORDS)),
  "note_tokenizer_config.json": JSON.stringify({ tokenizer_class: "BertTokenizer" }),
};

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
  note,
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

/** The model's inputs: those of the types, as they are for one item, and of a pretrained encoder its features. */
function shapes(
  inputs: InputSpecs,
  before: { readonly features: number } | undefined,
): TensorInfo[] {
  const absent = Object.entries(inputs).map(([name, spec]) => [name, typeOf(spec).absent(spec)]);
  const tensors = collate([Object.fromEntries(absent)], inputs);
  const own = graphInputs(inputs).map((name) => ({
    name,
    type: tensors[name]!.type,
    shape: [...tensors[name]!.dims].slice(1),
  }));
  if (!before) return own;
  return own.flatMap((info): TensorInfo[] => {
    if (info.name === "note_attention_mask") return [];
    return info.name === "note_input_ids"
      ? [{ name: "note_backbone_features", type: "float32", shape: [before.features] }]
      : [info];
  });
}

/** The encoder of `note`, from files as they come from elsewhere. */
async function noteEncoder(folder: string): Promise<OnnxBackbone> {
  const graph = textEncoder(4 + NOTE_WORDS.length);
  const backbone = await writeEncoder(folder, graph, {});
  const loaded = await loadOnnxBackbone("note", { backbone }, note);
  await rm(folder, { recursive: true });
  return loaded;
}

/** Units of an input of floats or bytes. */
function denseUnits({ name, type }: TensorInfo, symbol: SymbolicTensor): SymbolicTensor {
  const flat =
    symbol.shape.length > 2 ? apply(layers.flatten({ name: `${name}_flat` }), symbol) : symbol;
  // Bytes are much larger than other numbers.
  const kernel = noise([flat.shape[1]!, UNITS], name, type === "uint8" ? 0.0005 : 0.3);
  return apply(
    layers.dense({ units: UNITS, useBias: false, weights: [kernel], name: `${name}_units` }),
    flat,
  );
}

/** Rows of a table, which an int32 input of words or values points into; [n, places, dimensions]. */
function tableRows(name: string, symbol: SymbolicTensor, dimensions: number): SymbolicTensor {
  const spec = SHELF_INPUTS[name]!;
  const rows = 2 + (spec.type === "category" ? spec.values : (spec as TextSpec).vocabulary).length;
  const layer = layers.embedding({
    inputDim: rows,
    outputDim: dimensions,
    weights: [noise([rows, dimensions], `${name} ${dimensions}`)],
    name: `${name}_table_${dimensions}`,
  });
  return apply(layer, symbol);
}

/** Shares of attention of a text's words. */
function wordShares(name: string, symbol: SymbolicTensor): SymbolicTensor {
  const { maxWords } = SHELF_INPUTS[name] as TextSpec;
  const scores = apply(
    layers.reshape({ targetShape: [maxWords], name: `${name}_scores` }),
    tableRows(name, symbol, 1),
  );
  return apply(layers.activation({ activation: "softmax", name: `${name}_shares` }), scores);
}

/** Answers and weights from the units of all inputs. */
function createHeads(target: TargetSpec, groups: number, units: SymbolicTensor[]) {
  const all = apply(layers.concatenate({ name: "all" }), units);
  const width = all.shape[1]!;
  const head = (size: number, name: string, activation: "softmax" | "sigmoid" | "linear") => {
    const weights = [noise([width, size], name, 0.4)];
    return apply(layers.dense({ units: size, activation, useBias: false, weights, name }), all);
  };
  const activations = { labels: "sigmoid", class: "softmax", number: "linear" } as const;
  const { length } = targetTypeOf(target).names(target);
  return [head(length, "head", activations[target.type]), head(groups, "gates", "linear")];
}

async function buildGraph(target: TargetSpec, specs: InputSpecs, before: OnnxBackbone | undefined) {
  const inputs = shapes(specs, before).map((info) => ({
    info,
    /** The input that has the tensor. */
    owner: info.name.replace(/_tokens$/, ""),
    symbol: input({
      name: info.name,
      shape: info.shape as number[],
      dtype: info.type === "int32" ? "int32" : "float32",
    }),
  }));
  const units = inputs.map(({ info, owner, symbol }) =>
    info.type === "int32"
      ? apply(layers.flatten({ name: `${owner}_flat` }), tableRows(owner, symbol, UNITS))
      : denseUnits(info, symbol),
  );
  const texts = inputs.filter(({ owner }) => specs[owner]?.type === "text");
  const whole = model({
    inputs: inputs.map(({ symbol }) => symbol),
    outputs: [
      ...createHeads(target, groupsOf(specs).size, units),
      ...texts.map(({ owner, symbol }) => wordShares(owner, symbol)),
    ],
  });
  const bytes = inputs.filter(({ info }) => info.type === "uint8");
  const graph = convert(await toArtifacts(whole), {
    name: "shelf",
    inputs: Object.fromEntries(bytes.map(({ info }) => [info.name, { dtype: "uint8" }])),
    ...(before ? { before: { note_backbone_features: before.front } } : {}),
    outputNames: [
      targetTypeOf(target).output,
      "modality_weights",
      ...texts.map(({ owner }) => `${owner}_attention`),
    ],
  });
  whole.dispose();
  return graph;
}

/** Publishes the bundle. @param names Of its inputs; default: all of `SHELF_INPUTS`. */
export async function publishShelf(
  path: string,
  target: TargetSpec,
  names: readonly string[] = Object.keys(SHELF_INPUTS),
): Promise<void> {
  await startBackend("cpu");
  const specs = Object.fromEntries(names.map((name) => [name, SHELF_INPUTS[name]!]));
  const before = "note" in specs ? await noteEncoder(`${path}-encoder`) : undefined;
  const { onnx, inputs, outputs } = await buildGraph(target, specs, before);
  const info = (tensors: typeof inputs) =>
    tensors.map(({ name, dtype, shape }) => ({ name, type: dtype, shape }) as TensorInfo);
  const { files: _, ...manifest } = sampleManifest();
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
      graph: { inputs: info(inputs), outputs: info(outputs) },
    },
    { "model.onnx": onnx, ...(before ? NOTE_FILES : {}) },
  );
}
