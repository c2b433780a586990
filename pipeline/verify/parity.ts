/** The parity check: compares the tfjs model and the exported graph on every movie, number by number. */

import { type Tensor as TfTensor, tensor, tidy } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { InputSpecs } from "../../predictor/inputs/types.ts";
import { collate, itemLength } from "../../predictor/item.ts";
import { batchesBySize } from "../../predictor/preprocess/batches.ts";
import type { RunGraph, Tensor } from "../../predictor/tensor.ts";
import type { PosterStore } from "../dataset/posterCache.ts";
import {
  type EncodedMovie,
  encodedRatings,
  moviesPerBatch,
  ratingCount,
  withPoster,
} from "../fit/prepare.ts";

export interface OutputDifference {
  readonly name: string;
  /** Largest absolute difference. */
  readonly maxAbs: number;
  /** Largest difference relative to the larger of the two values. */
  readonly maxRel: number;
  /** Mean absolute difference. */
  readonly mean: number;
  /** Largest absolute difference allowed, where it is not the report's: of a number, which has a unit. */
  readonly tolerance?: number;
}

export interface ParityReport {
  readonly movies: number;
  /** Largest absolute difference allowed for any output without its own. */
  readonly tolerance: number;
  readonly outputs: readonly OutputDifference[];
}

/** Inputs of the model by name, float32 [movies, features]. */
export type ReadFeatures = (
  movies: readonly EncodedMovie[],
) => Record<string, Tensor> | Promise<Record<string, Tensor>>;

export interface ParityOptions {
  readonly model: LayersModel;
  /** Runs the exported graph. */
  readonly run: RunGraph;
  /** Names of the outputs, in the model's order. */
  readonly outputNames: readonly string[];
  readonly movies: readonly EncodedMovie[];
  readonly posters: PosterStore;
  readonly spec: InputSpecs;
  /** Inputs of the model that the graph computes itself, by name: features of pretrained encoders. */
  readonly features?: ReadFeatures | undefined;
  readonly tolerance: number;
  /** What is added to the tolerance of each output, in their order; default: nothing. See `encoderNoise`. */
  readonly noise?: readonly number[] | undefined;
  /** Standard deviation of an output that is not a share or weight: its tolerance is relative to that. */
  readonly units?: Readonly<Record<string, number>>;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Largest difference between the tfjs model and the exported graph that a run accepts. */
export const PARITY_TOLERANCE = 1e-5;
/** Relative distance of a few neighbouring float32 numbers. */
const FLOAT32_STEPS = 4 * 2 ** -23;
/** Most movies per run; affects only memory. */
const BATCH = 32;
/** Values below this are too small for a meaningful relative difference. */
const TINY = 1e-6;

/** @throws Error naming each output with a difference above the tolerance, and the movie with the largest one. */
export async function checkParity(options: ParityOptions): Promise<ParityReport> {
  const { model, run, outputNames, posters, spec, tolerance } = options;
  const differences = outputNames.map(() => ({
    maxAbs: 0,
    maxRel: 0,
    largest: 0,
    sum: 0,
    count: 0,
    worst: "",
  }));
  // Movies with similar numbers of ratings share a batch, so that little of it is padding.
  const movies = [...options.movies].sort((a, b) => ratingCount(a) - ratingCount(b));
  const size = moviesPerBatch(movies, BATCH);
  let done = 0;
  for (const part of batchesBySize(movies, ({ features }) => itemLength(features, spec), size)) {
    const feeds = collate(
      part.map((movie) => withPoster(movie, posters)),
      spec,
    );
    const expected = await runTfjs(model, { ...feeds, ...(await options.features?.(part)) });
    const actual = await run(feeds);
    for (const [o, name] of outputNames.entries()) {
      const values = actual[name]?.data;
      if (!values || values.length !== expected[o]!.length) {
        throw new Error(
          `the exported graph's output "${name}" has ${values?.length ?? "no"} values, the model has ${expected[o]!.length}`,
        );
      }
      compare(expected[o]!, values, differences[o]!, (i) => {
        return describeInputs(part[Math.floor(i / (values.length / part.length))]!);
      });
    }
    done += part.length;
    options.onProgress?.(done, movies.length);
  }

  const tolerances = differences.map(({ largest }, o) => {
    const unit = options.units?.[outputNames[o]!];
    const noise = options.noise?.[o] ?? 0;
    if (unit === undefined) return noise === 0 ? undefined : tolerance + noise;
    // No tolerance is below what float32 can tell apart.
    return Math.max(tolerance * unit, FLOAT32_STEPS * largest) + noise;
  });
  const mismatches = differences.flatMap(({ maxAbs, worst }, o) =>
    maxAbs <= (tolerances[o] ?? tolerance)
      ? []
      : [`${outputNames[o]} differs by ${maxAbs} for ${worst}`],
  );
  if (mismatches.length > 0) {
    throw new Error(
      `the exported graph and the model compute different values (tolerance: ${tolerance}): ${mismatches.join("; ")}`,
    );
  }
  return {
    movies: movies.length,
    tolerance,
    outputs: differences.map(({ maxAbs, maxRel, sum, count }, o) => ({
      name: outputNames[o]!,
      maxAbs,
      maxRel,
      mean: count === 0 ? 0 : sum / count,
      ...(tolerances[o] === undefined ? {} : { tolerance: tolerances[o] }),
    })),
  };
}

/** Movies that noise is measured on. */
const NOISY = 32;
/** How much larger than on these the differences of other movies may be. */
const MARGIN = 8;

export interface NoiseOptions extends Pick<ParityOptions, "model" | "movies" | "posters" | "spec"> {
  /** Features of encoders, see `ParityOptions`. */
  readonly features: ReadFeatures;
  /** The same features, computed in another order. */
  readonly again: ReadFeatures;
}

/**
 * How far outputs move when pretrained encoders add up their sums in another order, which is up to runtimes: the graph
 * cannot be nearer to the model than the encoder is to itself.
 *
 * @returns Of each output, several times the largest difference on some movies.
 */
export async function encoderNoise(options: NoiseOptions): Promise<number[]> {
  const { model, posters, spec } = options;
  const movies = options.movies.slice(0, NOISY);
  const feeds = collate(
    movies.map((movie) => withPoster(movie, posters)),
    spec,
  );
  const first = await runTfjs(model, { ...feeds, ...(await options.features(movies)) });
  const second = await runTfjs(model, { ...feeds, ...(await options.again(movies)) });
  return first.map((values, o) =>
    values.reduce((most, value, i) => Math.max(most, MARGIN * Math.abs(value - second[o]![i]!)), 0),
  );
}

/** Describes a movie's inputs, so that errors show unusual data. */
function describeInputs(movie: EncodedMovie): string {
  const { source, images } = movie;
  const given = movie.ratingsInputs.flatMap((input) => [...encodedRatings(movie, input).stars]);
  const stars = given.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const ratings = given.length === 0 ? "" : ` of up to ${stars} stars`;
  const paths = Object.values(images);
  const poster = paths.length === 0 ? "no poster" : `poster ${paths.join(", ")}`;
  const text = Object.values(source.values).find((value) => typeof value === "string") ?? source.id;
  return `"${text.slice(0, 80)}" (movie ${source.id}: ${poster}, ${given.length} ratings${ratings})`;
}

function compare(
  expected: Float32Array,
  actual: ArrayLike<number>,
  difference: {
    maxAbs: number;
    maxRel: number;
    largest: number;
    sum: number;
    count: number;
    worst: string;
  },
  nameOf: (i: number) => string,
): void {
  for (let i = 0; i < expected.length; i++) {
    const a = expected[i]!;
    const b = actual[i]!;
    // NaN would be lost, because comparisons with it are false.
    const abs = Number.isNaN(a - b) ? Number.POSITIVE_INFINITY : Math.abs(a - b);
    difference.sum += abs;
    difference.count++;
    if (abs > difference.maxAbs) {
      difference.maxAbs = abs;
      difference.worst = nameOf(i);
    }
    const size = Math.max(Math.abs(a), Math.abs(b));
    difference.largest = Math.max(difference.largest, size);
    if (size > TINY) difference.maxRel = Math.max(difference.maxRel, abs / size);
  }
}

async function runTfjs(
  model: LayersModel,
  feeds: Readonly<Record<string, Tensor>>,
): Promise<Float32Array[]> {
  const outputs = tidy(() => {
    const inputs = model.inputNames.map((name) => {
      const { data, dims, type } = feeds[name]!;
      // tfjs has no uint8 tensors; the values are the same.
      return type === "uint8"
        ? tensor(Int32Array.from(data), [...dims], "int32")
        : tensor(data, [...dims], type);
    });
    return model.predict(inputs, { batchSize: BATCH }) as TfTensor[];
  });
  const values = await Promise.all(outputs.map((output) => output.data<"float32">()));
  const copies = values.map((value) => value.slice());
  for (const output of outputs) output.dispose();
  return copies;
}
