/** A pretrained network for posters, given as a TensorFlow.js LayersModel, and its features in our graph. */

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { io } from "@tensorflow/tfjs-core";
import type { LayersModel, SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";
import { closest } from "fastest-levenshtein";
import { whyUnread } from "../../node/fileErrors.ts";
import { InputError } from "../../predictor/errors.ts";
import type { PosterSpec } from "../../predictor/preprocess/poster.ts";
import {
  type BackboneKind,
  findBackbone,
  isOnnxBackbone,
  PREPARATION,
} from "../config/backboneFolder.ts";
import type { Front } from "../export/prepend.ts";
import type { ImageOptions } from "../inputs/image/options.ts";
import { connect } from "./connect.ts";
import type { OnnxBackbone } from "./onnx/load.ts";
import { prefixed } from "./prefixed.ts";
import { getWeights, type Weights } from "./weights.ts";

export interface LayersBackbone {
  readonly kind: "layers";
  /** Scaled poster [B, H, W, 3] -> one feature map [B, h, w, c] per selected layer. */
  readonly model: LayersModel;
  readonly weights: Weights;
  /** Number of features per poster: mean and maximum of every channel. */
  readonly features: number;
  readonly scale: ImageOptions["backboneScale"];
  /** SHA-256 (hex) of the model's files, the layers and the poster's size. */
  readonly sha256: string;
}

/** Moments of the features over the training posters; the head gets standardised features. */
export interface FeatureMoments {
  /** [features] */
  readonly mean: Float32Array;
  /** [features] */
  readonly std: Float32Array;
}

/** From bytes 0..255 to a backbone's pixel range. */
const SCALES: Record<LayersBackbone["scale"], { scale: number; offset: number }> = {
  "zero-one": { scale: 1 / 255, offset: 0 },
  "minus-one-one": { scale: 2 / 255, offset: -1 },
  bytes: { scale: 1, offset: 0 },
};

/**
 * Loads the backbone and cuts it off after the selected layers. Convolutional networks accept images of any size, so the
 * input gets the poster's size, whatever size the backbone was trained on.
 *
 * @param prefix Of the layers' names: those of two backbones in one graph must differ.
 * @returns undefined if the options name no backbone.
 * @throws InputError if files cannot be read, or if a layer does not exist or has no feature map as output.
 */
export async function loadBackbone(
  config: ImageOptions,
  poster: PosterSpec,
  input = "poster",
  prefix = "",
): Promise<LayersBackbone | undefined> {
  if (config.backbone === undefined) return undefined;
  const source = config.backbone;
  const failure: Failure = (field, message) =>
    new InputError(`${input}.${field}`, `${source} ${message}`);
  const { artifacts, names, hash } = await readArtifacts(source, poster).catch((error: Error) => {
    throw failure("backbone", whyUnread(source, error));
  });
  const wanted = config.backboneLayers.length > 0 ? config.backboneLayers : names.slice(-1);
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw failure(
      "backboneLayers",
      `has no layer "${unknown}"; did you mean "${closest(unknown, names)}"?`,
    );
  }
  cutOff(artifacts.modelTopology, wanted);
  const whole = await loadWhole(artifacts, poster, failure);
  const outputs = wanted.map((name) => featureMap(whole, name, failure));
  const name = prefix === "" ? "poster_backbone" : "network";
  const cut = tf.model({ name, inputs: whole.inputs, outputs });
  const model = prefix === "" ? cut : await prefixed(cut, prefix);
  for (const layer of model.layers) layer.trainable = config.fineTune;
  return {
    kind: "layers",
    model,
    weights: await getWeights(model),
    features: outputs.reduce((sum, { shape }) => sum + 2 * shape[3]!, 0),
    scale: config.backboneScale,
    sha256: hash.update(JSON.stringify([wanted, poster, config.backboneScale])).digest("hex"),
  };
}

/** Makes the error about a field of the poster's options. */
type Failure = (field: "backbone" | "backboneLayers", message: string) => InputError;

async function loadWhole(
  artifacts: io.ModelArtifacts,
  { height, width }: PosterSpec,
  failure: Failure,
): Promise<LayersModel> {
  let model: LayersModel;
  try {
    // Not strict: the files also have weights of the layers that were cut off.
    model = await tf.loadLayersModel(io.fromMemory(artifacts), { strict: false });
  } catch (error) {
    const size = `${height} x ${width}`;
    throw failure(
      "backbone",
      `cannot be loaded for posters of ${size} (${(error as Error).message})`,
    );
  }
  const given = new Set(artifacts.weightSpecs?.map(({ name }) => name));
  const missing = model.weights.find(({ originalName }) => !given.has(originalName));
  if (missing) throw failure("backbone", `has no values for the weight "${missing.originalName}"`);
  return model;
}

/** Output [B, h, w, c] of a layer. */
function featureMap(model: LayersModel, name: string, failure: Failure): SymbolicTensor {
  const { output } = model.getLayer(name);
  if (!Array.isArray(output) && output.shape.length === 4) return output;
  const shapes = [output].flat().map(({ shape }) => JSON.stringify(shape));
  throw failure(
    "backboneLayers",
    `has no feature map [batch, height, width, channels] at layer "${name}", but ${shapes.join(", ")}`,
  );
}

/** SHA-256 (hex) of the backbone's files; undefined without a backbone. @throws InputError if they cannot be read. */
export async function hashBackbone(
  config: { readonly backbone?: string | undefined },
  input = "poster",
  kind: BackboneKind = "pixels",
): Promise<string | undefined> {
  const source = config.backbone;
  if (source === undefined) return undefined;
  if (isOnnxBackbone(source)) return hashFolder(source, kind, `${input}.backbone`);
  const { hash } = await readArtifacts(source, ANY_SIZE).catch((error: Error) => {
    throw new InputError(`${input}.backbone`, `${source} ${whyUnread(source, error)}`);
  });
  return hash.digest("hex");
}

/** Hashes are of files alone. */
const ANY_SIZE = { height: 1, width: 1 };

/** Hash of the ONNX file and of the files that say how its input is prepared. */
async function hashFolder(source: string, kind: BackboneKind, field: string): Promise<string> {
  const { folder, graph } = findBackbone(source, kind, field);
  const hash = createHash("sha256").update(await readFile(graph));
  for (const name of PREPARATION[kind]) {
    const file = join(folder, name);
    if (existsSync(file)) hash.update(name).update(await readFile(file));
  }
  return hash.digest("hex");
}

/** Reads model.json and its weight files, and sets the first layer to the poster's size. */
async function readArtifacts(source: string, { height, width }: PosterSpec) {
  const remote = /^https?:\/\//.test(source);
  const read = async (path: string): Promise<Uint8Array> => {
    if (!remote) return readFile(path);
    const response = await fetch(path);
    if (!response.ok) throw new Error(`${path}: HTTP ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  };
  const text = await read(source);
  const hash = createHash("sha256").update(text);
  const json = JSON.parse(new TextDecoder().decode(text)) as io.ModelJSON;
  if (!json.modelTopology) throw new Error("it has no modelTopology, so it is not a LayersModel");
  const manifest = json.weightsManifest ?? [];
  const parts: Uint8Array[] = [];
  for (const path of manifest.flatMap(({ paths }) => paths)) {
    const bytes = await read(remote ? new URL(path, source).href : join(dirname(source), path));
    hash.update(bytes);
    parts.push(bytes);
  }
  const model = modelConfig(json.modelTopology);
  resize(model, [null, height, width, 3]);
  const artifacts: io.ModelArtifacts = {
    modelTopology: json.modelTopology,
    weightSpecs: manifest.flatMap(({ weights }) => weights),
    weightData: new Uint8Array(Buffer.concat(parts)).buffer,
  };
  return { artifacts, names: model.layers.map(nameOf), hash };
}

interface LayerJson {
  readonly class_name?: string;
  readonly name?: string;
  readonly config: Record<string, unknown>;
  readonly inbound_nodes?: unknown;
}

interface ModelConfig {
  layers: LayerJson[];
  output_layers?: unknown;
}

/** The part of a topology that lists the layers; Keras and TensorFlow.js name it differently. */
function modelConfig(topology: unknown): ModelConfig {
  const { model_config, config } = topology as {
    model_config?: { config: unknown };
    config?: unknown;
  };
  const model = (model_config?.config ?? config) as Partial<ModelConfig> | undefined;
  // The config of a Sequential model may be just the list of its layers.
  const layers = Array.isArray(model) ? (model as LayerJson[]) : model?.layers;
  if (!model || !layers?.[0]?.config) {
    throw new Error("it has no layers, so it is not a LayersModel");
  }
  return Array.isArray(model) ? { layers } : (model as ModelConfig);
}

const nameOf = (layer: LayerJson) => layer.name ?? String(layer.config.name);

/** Sets the shape of the first layer's input. */
function resize({ layers: [first] }: ModelConfig, shape: (number | null)[]): void {
  const key = first && "batchInputShape" in first.config ? "batchInputShape" : "batch_input_shape";
  first!.config[key] = shape;
}

/** Removes all layers that the wanted ones do not depend on: they might not accept images of another size. */
function cutOff(topology: unknown, wanted: readonly string[]): void {
  const model = modelConfig(topology);
  const sequential = model.output_layers === undefined;
  const needed = new Set(wanted);
  let last = 0;
  for (const [i, layer] of [...model.layers.entries()].reverse()) {
    if (!needed.has(nameOf(layer))) continue;
    last = Math.max(last, i);
    for (const input of inboundNames(layer.inbound_nodes)) needed.add(input);
  }
  const remaining = model.layers.filter((layer, i) =>
    sequential ? i <= last : needed.has(nameOf(layer)),
  );
  model.layers.splice(0, model.layers.length, ...remaining);
  if (!sequential) model.output_layers = wanted.map((name) => [name, 0, 0]);
}

/** Names of a layer's input layers, from [[["conv1", 0, 0, {}], ...], ...]. */
function inboundNames(nodes: unknown): string[] {
  if (!Array.isArray(nodes)) return [];
  return nodes.flatMap((node: unknown) =>
    Array.isArray(node) && typeof node[0] === "string" ? node[0] : inboundNames(node),
  );
}

/**
 * @param poster 0..255 [B, H, W, 3]
 * @returns Mean and maximum of every channel of the selected layers [B, features].
 */
export function backboneFeatures(
  input: string,
  poster: SymbolicTensor,
  backbone: LayersBackbone,
): SymbolicTensor {
  const scaled = connect(
    tf.layers.rescaling({ ...SCALES[backbone.scale], name: `${input}_scaled` }),
    poster,
  );
  const applied = backbone.model.apply(scaled) as SymbolicTensor | SymbolicTensor[];
  const maps = Array.isArray(applied) ? applied : [applied];
  const pooled = maps.flatMap((map, i) => [
    connect(tf.layers.globalAveragePooling2d({ name: `${input}_average${i + 1}` }), map),
    connect(tf.layers.globalMaxPooling2d({ name: `${input}_strongest${i + 1}` }), map),
  ]);
  return connect(tf.layers.concatenate({ name: `${input}_joined` }), pooled);
}

/**
 * Standardises features by their moments over the training posters. Fine-tuning changes the features, so the moments are
 * then those of the batches.
 */
export function standardiseFeatures(
  input: string,
  features: SymbolicTensor,
  fineTune: boolean,
): SymbolicTensor {
  return connect(
    tf.layers.batchNormalization({
      center: fineTune,
      scale: fineTune,
      epsilon: EPSILON,
      trainable: fineTune,
      name: `${input}_standardised`,
    }),
    features,
  );
}

/** Negligible: standard deviations are at least 1e-3, see `featureMoments`. */
const EPSILON = 1e-9;

/** A pretrained network: one of TensorFlow.js is a part of the model, one of ONNX goes in front of its graph. */
export type Backbone = LayersBackbone | OnnxBackbone;

/** What a backbone of ONNX makes of the input, before it is standardised [B, features]. */
export function featuresInput(
  input: string,
  { features }: Pick<Backbone, "features">,
): SymbolicTensor {
  return tf.input({ name: `${input}_backbone_features`, shape: [features] });
}

/** The graphs of ONNX that go in front of the model's, by the model's inputs that they make. */
export function graphsBefore(
  inputs: Readonly<Record<string, { readonly backbone?: Backbone | undefined } | object>>,
): Record<string, Front> {
  const found = Object.entries(inputs).flatMap(([name, input]) =>
    "backbone" in input && input.backbone?.kind === "onnx"
      ? [[`${name}_backbone_features`, input.backbone.front] as const]
      : [],
  );
  return Object.fromEntries(found);
}

/** The backbone's weights, and the moments of its features, which are known before training. */
export function backboneWeights(
  input: string,
  backbone: Backbone | undefined,
  moments: FeatureMoments | undefined,
): Map<string, Float32Array> {
  if (!backbone || !moments) return new Map();
  return new Map([
    ...(backbone.kind === "layers" ? backbone.weights : []),
    [`${input}_standardised/moving_mean`, moments.mean],
    [`${input}_standardised/moving_variance`, moments.std.map((d) => d * d)],
  ]);
}
