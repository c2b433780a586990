/** The published network with random weights, as a TensorFlow.js model and as converted graphs. */

import type { LayersModel } from "@tensorflow/tfjs-layers";
import { createRandom, type Random } from "../../pipeline/common/random.ts";
import { isOnnxBackbone } from "../../pipeline/config/backboneFolder.ts";
import { type Config, configSchema } from "../../pipeline/config/schema.ts";
import type { UserVectors } from "../../pipeline/fit/userVectors.ts";
import type { WordVectorFit } from "../../pipeline/fit/wordVectors.ts";
import { type LayersArtifacts, toArtifacts } from "../../pipeline/model/artifacts.ts";
import { loadBackbone } from "../../pipeline/model/backbone.ts";
import { buildInferenceModel } from "../../pipeline/model/build.ts";
import { exportGraph } from "../../pipeline/model/exportGraph.ts";
import { fusionWeights } from "../../pipeline/model/fusion.ts";
import type { ModelParts } from "../../pipeline/model/modelInputs.ts";
import { startBackend } from "../../pipeline/train/backend.ts";
import type { Manifest } from "../../predictor/manifest.ts";
import { type MovieInputs, movieInputs } from "../../predictor/movie.ts";
import { countGroups, FIRST_USER_ROW } from "../../predictor/preprocess/ratings.ts";
import { FIRST_WORD_ID, tokenCount } from "../../predictor/preprocess/title.ts";
import { labelsTarget } from "../../predictor/targets/labels.ts";
import { towerWeights } from "../../test/pipeline/tinyModel.ts";
import { movieModelInputs } from "../model/movieParts.ts";

export interface Network {
  readonly artifacts: LayersArtifacts;
  readonly fp32: Uint8Array;
  readonly q8: Uint8Array;
}

/** @throws Error if the bundle's config names a backbone that is missing here (`npm run pretrained`). */
export async function randomNetwork(manifest: Manifest): Promise<Network> {
  await startBackend("cpu");
  const parts = await partsOf(manifest);
  const model = await buildModel(parts);
  const dataset = { name: manifest.provenance.dataset, synthetic: true };
  const artifacts = await toArtifacts(model);
  const { onnx: fp32 } = await exportGraph(model, parts, dataset, "fp32");
  const { onnx: q8 } = await exportGraph(model, parts, dataset, "q8");
  model.dispose();
  return { artifacts, fp32, q8 };
}

async function partsOf({ target, inputs, provenance }: Manifest): Promise<ModelParts> {
  const { title, poster, ratings } = provenance.config as Config;
  const { labels } = labelsTarget(target);
  // TensorFlow.js cannot run an ONNX encoder; the default tower stands in for it.
  const isOnnx = poster.backbone !== undefined && isOnnxBackbone(poster.backbone);
  const config = configSchema.parse({ title, ratings, ...(isOnnx ? {} : { poster }) });
  const random = createRandom(1);
  const spec = movieInputs(inputs);
  const backbone = await loadBackbone(config.poster, spec.poster);
  const ones = (length: number) => new Float32Array(length).fill(1);
  const fitted = movieModelInputs({
    config,
    spec,
    userVectors: randomUserVectors(spec.ratings, config.ratings.dimensions, random),
    pixels: { mean: 110, std: 70 },
    words: randomWords(spec.title, config.title, random),
    termWeights: ones(tokenCount(spec.title) + 1),
    backbone: backbone && {
      ...backbone,
      mean: new Float32Array(backbone.features),
      std: ones(backbone.features),
    },
  });
  const prior = new Float32Array(labels.length).fill(-2);
  const fittedTarget = { type: "labels" as const, outputs: labels, prior };
  return { inputs: fitted, labels: labels.length, target: fittedTarget };
}

async function buildModel(parts: ModelParts): Promise<LayersModel> {
  const random = createRandom(1);
  const weights = await towerWeights(parts, (input) => random.fork(input));
  const gates = { kernel: new Float32Array(18).fill(-0.2), bias: new Float32Array(3).fill(1) };
  for (const [name, values] of fusionWeights(parts.target.prior, gates)) weights.set(name, values);
  return buildInferenceModel(parts, weights);
}

const normals = (length: number, random: Random) =>
  Float32Array.from({ length }, () => 0.1 * random.normal());

function randomUserVectors(
  { users, groups, stars }: MovieInputs["ratings"],
  dimensions: number,
  random: Random,
): UserVectors {
  const rows = FIRST_USER_ROW + users.length + countGroups(groups);
  return {
    users,
    groups,
    rowOf: new Uint32Array(users.length),
    groupRowOf: new Uint32Array(rows),
    table: normals(rows * dimensions, random),
    means: normals(rows, random),
    dimensions,
    mean: new Float32Array(dimensions),
    std: new Float32Array(dimensions).fill(1),
    stars: { ...stars, mean: (stars.min + stars.max) / 2 },
  };
}

function randomWords(
  { vocabulary, vectorWords }: MovieInputs["title"],
  { embeddingsDimensions: dimensions }: Config["title"],
  random: Random,
): WordVectorFit | undefined {
  if (vectorWords.length === 0) return undefined;
  const rows = FIRST_WORD_ID + vocabulary.length + vectorWords.length;
  return { words: vectorWords, table: normals(rows * dimensions, random), dimensions };
}
