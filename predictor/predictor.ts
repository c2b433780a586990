/** Predicts ranked labels for movies: preprocessing, the graph, and reading its outputs, on any runtime. */

import { InputError } from "./errors.ts";
import type { Manifest } from "./manifest.ts";
import { rankLabels } from "./metrics.ts";
import { batchesBySize } from "./preprocess/batches.ts";
import {
  collate,
  createMovieEncoder,
  type Movie,
  type MovieFeatures,
} from "./preprocess/features.ts";
import type { RunGraph, Tensor } from "./tensor.ts";

export const INPUT_NAMES = ["title", "poster", "ratings"] as const;
export type InputName = (typeof INPUT_NAMES)[number];

export interface LabelScore {
  readonly label: string;
  /** 0..1 */
  readonly probability: number;
  /** Whether the probability reaches the label's threshold. */
  readonly selected: boolean;
}

export interface Prediction {
  /** All labels, most probable first; ties in label order. */
  readonly scores: readonly LabelScore[];
  /** Factor of each input's logits, 0 where it is absent; about 1 where it counts fully. */
  readonly inputWeights: Readonly<Record<InputName, number>>;
  /** The title's words with the share of attention each got, in reading order. */
  readonly titleAttention: readonly { readonly word: string; readonly weight: number }[];
}

export interface Predictor {
  /**
   * @param movies At least one.
   * @throws InputError naming the movie (where there are several) and the field that is wrong.
   */
  predict(movies: readonly Movie[]): Promise<Prediction[]>;
  /**
   * The bare probabilities of movies that are features already.
   * @returns float32 [movies, labels], row-major.
   */
  probabilities(movies: readonly MovieFeatures[]): Promise<Float32Array>;
}

/** What the predictor reads of a manifest. */
export type PredictorSpec = Pick<Manifest, "labels" | "thresholds" | "preprocess">;

/** @param run Runs the bundle's graph; provided by the host, which owns the runtime. */
export function createPredictor(manifest: PredictorSpec, run: RunGraph): Predictor {
  const { labels, preprocess } = manifest;
  const encoder = createMovieEncoder(preprocess);

  /** A batch whose outputs are checked. */
  async function runBatch(features: readonly MovieFeatures[]): Promise<GraphOutputs> {
    const outputs = await run(collate(features, preprocess));
    const n = features.length;
    return {
      probabilities: floats(outputs, "probabilities", n * labels.length),
      attention: floats(outputs, "title_attention", n * preprocess.title.maxWords),
      weights: floats(outputs, "modality_weights", n * INPUT_NAMES.length),
    };
  }

  async function runGraph(features: readonly MovieFeatures[]): Promise<GraphOutputs> {
    const batches = batchesBySize(features, (movie) => movie);
    if (batches.length <= 1) return runBatch(features);
    const parts: GraphOutputs[] = [];
    for (const batch of batches) parts.push(await runBatch(batch));
    return {
      probabilities: concatenate(parts.map(({ probabilities }) => probabilities)),
      attention: concatenate(parts.map(({ attention }) => attention)),
      weights: concatenate(parts.map(({ weights }) => weights)),
    };
  }

  return {
    async predict(movies) {
      const features = movies.map((movie, i) => encodeNamed(movie, i, movies.length));
      const outputs = await runGraph(features);
      return movies.map((movie, i) => readRow(outputs, i, manifest, encoder.titleWords(movie)));
    },
    async probabilities(features) {
      return (await runGraph(features)).probabilities;
    },
  };

  function encodeNamed(movie: Movie, i: number, of: number): MovieFeatures {
    try {
      return encoder.encode(movie);
    } catch (error) {
      if (of === 1 || !(error instanceof InputError)) throw error;
      throw error.within(`movies[${i}]`);
    }
  }
}

/** Row-major, a row per movie. */
interface GraphOutputs {
  /** [movies, labels] */
  readonly probabilities: Float32Array;
  /** [movies, words] */
  readonly attention: Float32Array;
  /** [movies, inputs] */
  readonly weights: Float32Array;
}

/** The prediction in row `i`, of the movie with these title words. */
function readRow(
  { probabilities, attention, weights }: GraphOutputs,
  i: number,
  { labels, thresholds, preprocess }: PredictorSpec,
  titleWords: readonly string[],
): Prediction {
  const row = probabilities.subarray(i * labels.length, (i + 1) * labels.length);
  return {
    scores: rankLabels(row).map((l) => ({
      label: labels[l]!,
      probability: row[l]!,
      selected: row[l]! >= thresholds[l]!,
    })),
    inputWeights: Object.fromEntries(
      INPUT_NAMES.map((input, m) => [input, weights[i * INPUT_NAMES.length + m]!]),
    ) as Record<InputName, number>,
    titleAttention: titleWords.map((word, w) => ({
      word,
      weight: attention[i * preprocess.title.maxWords + w]!,
    })),
  };
}

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A graph output as finite floats: a runtime that answers NaN must not become a silent wrong answer. */
function floats(outputs: Record<string, Tensor>, name: string, length: number): Float32Array {
  const tensor = outputs[name];
  if (!tensor) throw new Error(`the graph gave no output "${name}"; is the bundle complete?`);
  if (tensor.type !== "float32" || tensor.data.length !== length) {
    throw new Error(
      `the graph's output "${name}" is ${tensor.type} [${tensor.dims}], expected ${length} floats`,
    );
  }
  for (const value of tensor.data) {
    if (!Number.isFinite(value)) throw new Error(`the graph's output "${name}" holds ${value}`);
  }
  return tensor.data;
}
