/** Movies in, ranked genres out: preprocessing, the graph, and what its numbers mean, on any runtime. */

import { InputError } from "./errors.ts";
import type { Manifest } from "./manifest.ts";
import { rankLabels } from "./metrics.ts";
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

/** @param run Runs the bundle's graph; handed in by the host, which owns the runtime. */
export function createPredictor(manifest: PredictorSpec, run: RunGraph): Predictor {
  const { labels, thresholds, preprocess } = manifest;
  const encoder = createMovieEncoder(preprocess);

  async function runGraph(features: readonly MovieFeatures[]) {
    const outputs = await run(collate(features, preprocess));
    const n = features.length;
    return {
      probabilities: floats(outputs, "probabilities", n * labels.length),
      attention: floats(outputs, "title_attention", n * preprocess.title.maxWords),
      weights: floats(outputs, "modality_weights", n * INPUT_NAMES.length),
    };
  }

  return {
    async predict(movies) {
      const features = movies.map((movie, i) => encodeNamed(movie, i, movies.length));
      const { probabilities, attention, weights } = await runGraph(features);
      return movies.map((movie, i) => {
        const row = probabilities.subarray(i * labels.length, (i + 1) * labels.length);
        return {
          scores: [...rankLabels(row)].map((l) => ({
            label: labels[l]!,
            probability: row[l]!,
            selected: row[l]! >= thresholds[l]!,
          })),
          inputWeights: Object.fromEntries(
            INPUT_NAMES.map((input, m) => [input, weights[i * INPUT_NAMES.length + m]!]),
          ) as Record<InputName, number>,
          titleAttention: encoder.titleWords(movie).map((word, w) => ({
            word,
            weight: attention[i * preprocess.title.maxWords + w]!,
          })),
        };
      });
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
