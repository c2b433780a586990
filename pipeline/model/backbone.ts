/** A pretrained network for posters, given as a TensorFlow.js LayersModel, and its features inside our graph. */

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { io } from "@tensorflow/tfjs-core";
import type { LayersModel, SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";
import { closest } from "fastest-levenshtein";
import { InputError } from "../../predictor/errors.ts";
import type { PosterSpec } from "../../predictor/preprocess/poster.ts";
import type { Config } from "../config/schema.ts";
import { connect } from "./connect.ts";
import { getWeights, type Weights } from "./weights.ts";

export interface Backbone {
  /** Scaled poster [B, H, W, 3] -> one feature map [B, h, w, c] for each layer taken. */
  readonly model: LayersModel;
  readonly weights: Weights;
  /** Numbers per poster: mean and largest value of every channel. */
  readonly features: number;
  readonly scale: Config["poster"]["backboneScale"];
  /** SHA-256 (hex) of the model's files, the layers and the poster's size. */
  readonly sha256: string;
}

/** What training learned of the features: they reach the head standardised. */
export interface FeatureMoments {
  /** [features] */
  readonly mean: Float32Array;
  readonly std: Float32Array;
}

const SCALES: Record<Backbone["scale"], { scale: number; offset: number }> = {
  "zero-one": { scale: 1 / 255, offset: 0 },
  "minus-one-one": { scale: 2 / 255, offset: -1 },
  bytes: { scale: 1, offset: 0 },
};

/**
 * Loads the backbone and cuts it off after the layers whose features are taken. A convolutional network computes on
 * images of any size: it is given the poster's, whatever it was trained on.
 *
 * @throws InputError where the files cannot be read, a layer does not exist or gives no feature map.
 */
export async function loadBackbone(
  config: Config["poster"],
  poster: PosterSpec,
): Promise<Backbone | undefined> {
  if (config.backbone === undefined) return undefined;
  const source = config.backbone;
  const fault = (field: string, message: string) =>
    new InputError(`poster.${field}`, `${source} ${message}`);
  const { artifacts, names, hash } = await readArtifacts(source, poster).catch((error: Error) => {
    throw fault("backbone", `cannot be read (${error.message})`);
  });
  const wanted = config.backboneLayers.length > 0 ? config.backboneLayers : names.slice(-1);
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw fault(
      "backboneLayers",
      `has no layer "${unknown}"; did you mean "${closest(unknown, names)}"?`,
    );
  }
  cutOff(artifacts.modelTopology, wanted);
  let whole: LayersModel;
  try {
    // Weights of the layers that are cut off have no target.
    whole = await tf.loadLayersModel(io.fromMemory(artifacts), { strict: false });
  } catch (error) {
    throw fault(
      "backbone",
      `cannot be loaded for posters of ${poster.height} x ${poster.width} (${(error as Error).message})`,
    );
  }
  const given = new Set(artifacts.weightSpecs?.map(({ name }) => name));
  const missing = whole.weights.find(({ originalName }) => !given.has(originalName));
  if (missing) throw fault("backbone", `has no values for the weight "${missing.originalName}"`);
  const outputs = wanted.map((name) => {
    const { output } = whole.getLayer(name);
    if (Array.isArray(output) || output.shape.length !== 4) {
      const shapes = [output].flat().map(({ shape }) => JSON.stringify(shape));
      throw fault(
        "backboneLayers",
        `gives at layer "${name}" no feature map [batch, height, width, channels] but ${shapes.join(", ")}`,
      );
    }
    return output;
  });
  const model = tf.model({ name: "poster_backbone", inputs: whole.inputs, outputs });
  for (const layer of model.layers) layer.trainable = config.fineTune;
  return {
    model,
    weights: await getWeights(model),
    features: outputs.reduce((sum, { shape }) => sum + 2 * shape[3]!, 0),
    scale: config.backboneScale,
    sha256: hash.update(JSON.stringify([wanted, poster, config.backboneScale])).digest("hex"),
  };
}

/** SHA-256 (hex) of the backbone's files; undefined without one. @throws InputError where they cannot be read. */
export async function hashBackbone(config: Config["poster"]): Promise<string | undefined> {
  if (config.backbone === undefined) return undefined;
  const { hash } = await readArtifacts(config.backbone, config).catch((error: Error) => {
    throw new InputError("poster.backbone", `${config.backbone} cannot be read (${error.message})`);
  });
  return hash.digest("hex");
}

/** model.json and its weight files, the first layer set to the poster's size. */
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
  if (!json.modelTopology) throw new Error("no modelTopology; it is not a LayersModel");
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

/** The part of a topology that says its layers; Keras and TensorFlow.js spell it differently. */
function modelConfig(topology: unknown): ModelConfig {
  const { model_config, config } = topology as {
    model_config?: { config: unknown };
    config?: unknown;
  };
  const found = (model_config?.config ?? config) as Partial<ModelConfig> | undefined;
  // A Sequential model may be the bare list of its layers.
  const layers = Array.isArray(found) ? (found as LayerJson[]) : found?.layers;
  if (!found || !layers?.[0]?.config) throw new Error("no layers; it is not a LayersModel");
  return Array.isArray(found) ? { layers } : (found as ModelConfig);
}

const nameOf = (layer: LayerJson) => layer.name ?? String(layer.config.name);

/** Sets the shape of the first layer's input. */
function resize({ layers: [first] }: ModelConfig, shape: (number | null)[]): void {
  const key = first && "batchInputShape" in first.config ? "batchInputShape" : "batch_input_shape";
  first!.config[key] = shape;
}

/** Leaves out all layers that the wanted ones do not depend on: on images of another size they might not compute. */
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
  const kept = model.layers.filter((layer, i) =>
    sequential ? i <= last : needed.has(nameOf(layer)),
  );
  model.layers.splice(0, model.layers.length, ...kept);
  if (!sequential) model.output_layers = wanted.map((name) => [name, 0, 0]);
}

/** Names of the layers whose outputs a layer takes: [[["conv1", 0, 0, {}], ...], ...]. */
function inboundNames(nodes: unknown): string[] {
  if (!Array.isArray(nodes)) return [];
  return nodes.flatMap((node: unknown) =>
    Array.isArray(node) && typeof node[0] === "string" ? node[0] : inboundNames(node),
  );
}

/**
 * @param poster 0..255 [B, H, W, 3]
 * @returns Mean and largest value of every channel of the layers taken [B, features].
 */
export function backboneFeatures(poster: SymbolicTensor, backbone: Backbone): SymbolicTensor {
  const scaled = connect(
    tf.layers.rescaling({ ...SCALES[backbone.scale], name: "poster_scaled" }),
    poster,
  );
  const applied = backbone.model.apply(scaled) as SymbolicTensor | SymbolicTensor[];
  const maps = Array.isArray(applied) ? applied : [applied];
  const pooled = maps.flatMap((map, i) => [
    connect(tf.layers.globalAveragePooling2d({ name: `poster_average${i + 1}` }), map),
    connect(tf.layers.globalMaxPooling2d({ name: `poster_strongest${i + 1}` }), map),
  ]);
  return connect(tf.layers.concatenate({ name: "poster_joined" }), pooled);
}

/**
 * Standardises features by their moments over the training posters; a backbone that is trained as well changes them, so
 * that its batches' own moments count then.
 */
export function standardiseFeatures(features: SymbolicTensor, fineTune: boolean): SymbolicTensor {
  return connect(
    tf.layers.batchNormalization({
      center: fineTune,
      scale: fineTune,
      epsilon: EPSILON,
      trainable: fineTune,
      name: "poster_standardised",
    }),
    features,
  );
}

/** Deviations are at least 1e-3. */
const EPSILON = 1e-9;

/** Weights that are given with the backbone, or learned of its features before training. */
export function backboneWeights(
  backbone: Backbone | undefined,
  moments: FeatureMoments | undefined,
): Map<string, Float32Array> {
  if (!backbone || !moments) return new Map();
  return new Map([
    ...backbone.weights,
    ["poster_standardised/moving_mean", moments.mean],
    ["poster_standardised/moving_variance", moments.std.map((d) => d * d)],
  ]);
}
