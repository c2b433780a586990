/**
 * What the ratings tower sees of a movie's ratings: pooled user vectors, and statistics.
 *
 * Shapes: B batch, R ratings of the batch's most rated movie, D dimensions of a user vector, A amounts.
 */

import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";
import { DAMPING, poolingScale, poolUserVectors } from "../fit/pooling.ts";
import type { UserVectors } from "../fit/userVectors.ts";
import { connect } from "./connect.ts";
import { equalShares, hide, largest, scaleToUnitLength, unitLength } from "./parts.ts";
import { standardisedSum } from "./standardisedSum.ts";
import { graphInput } from "./towerType.ts";

/**
 * Number of statistics after the pooled vector: log of the number of ratings, mean stars, and the mean difference between
 * stars and each user's average.
 */
export const RATING_STATISTICS = 3;

/** The tower's input: fed in training, and computed from raw ratings in the graph. */
export interface PooledRatings {
  /** Standardised pooled user vector, then the statistics [B, D + 3]. */
  readonly vector: SymbolicTensor;
  /** [B, 1] */
  readonly presence: SymbolicTensor;
  /** What the linear model sees: the pooled user vector scaled to length 1 [B, D]. */
  readonly direction: SymbolicTensor;
  /** See `ratingAmounts` [B, A]. */
  readonly amounts: SymbolicTensor;
}

/**
 * The number of ratings on several scales, for the gates: each grows from 0 to 1 with log(n) between its two numbers of
 * ratings.
 */
const AMOUNTS: readonly (readonly [from: number, to: number])[] = [
  [1, 5],
  [5, 20],
  [20, 100],
];
export const RATING_AMOUNTS = AMOUNTS.length;

/** The amounts of a movie with n ratings [A], as the graph computes them; zeros for none. */
export function ratingAmounts(n: number): number[] {
  return AMOUNTS.map(([from, to]) => {
    const share = n === 0 ? 0 : Math.log(n / from) / Math.log(to / from);
    return Math.min(1, Math.max(0, share));
  });
}

/** The amounts in the graph [B, A]. @param logCount [B, 1], log(n) x LOG_COUNT_SCALE; arbitrary where presence is 0. */
function amountsOf(
  input: string,
  logCount: SymbolicTensor,
  presence: SymbolicTensor,
): SymbolicTensor {
  const shares = connect(
    tf.layers.dense({ units: RATING_AMOUNTS, trainable: false, name: `${input}_amount_shares` }),
    logCount,
  );
  const clipped = connect(tf.layers.reLU({ maxValue: 1, name: `${input}_amounts` }), shares);
  return connect(tf.layers.multiply({ name: `${input}_amounts_there` }), [clipped, presence]);
}

function amountWeights(input: string): [string, Float32Array][] {
  const steps = AMOUNTS.map(([from, to]) => Math.log(to / from));
  return [
    [
      `${input}_amount_shares/kernel`,
      Float32Array.from(steps, (step) => 1 / (step * LOG_COUNT_SCALE)),
    ],
    [
      `${input}_amount_shares/bias`,
      Float32Array.from(AMOUNTS, ([from], i) => -Math.log(from) / steps[i]!),
    ],
  ];
}

interface PoolingParts {
  /** Name of the input; prefix of the layers' names. */
  readonly input: string;
  readonly fit: UserVectors;
  /** Fewest stars that a rating may have; default: of the training movies. */
  readonly fewest?: number;
}

/** Stars above this are told from the padding's 0. */
const FEWEST_STARS = 1e-3;

/**
 * 1 where there is a rating, 0 in the padding [B, R]: where there are stars, or a user if a rating may have none.
 *
 * Where all ratings have stars, users are not looked at, as in older bundles.
 */
function ratingMask(
  users: SymbolicTensor,
  stars: SymbolicTensor,
  { input, fit, fewest = fit.stars.min }: PoolingParts,
): SymbolicTensor {
  const [given, scale] = fewest > FEWEST_STARS ? [stars, 1 / FEWEST_STARS] : [users, 1];
  const enlarged = connect(tf.layers.rescaling({ scale, name: `${input}_enlarged` }), given);
  return connect(tf.layers.reLU({ maxValue: 1, name: `${input}_mask` }), enlarged);
}

/**
 * Computes the tower's input from raw ratings with standard layers: the sum of the users' vectors divided by the root of
 * their number, and statistics.
 *
 * @param users int32 [B, R], rows of the user table
 * @param stars float32 [B, R], 0 after a movie's last rating
 */
export function poolRatings(
  users: SymbolicTensor,
  stars: SymbolicTensor,
  { input, fit, fewest }: PoolingParts,
): PooledRatings & { initialWeights: Map<string, Float32Array> } {
  const mask = ratingMask(users, stars, {
    input,
    fit,
    ...(fewest === undefined ? {} : { fewest }),
  }); // [B, R]
  const presence = largest(mask, `${input}_presence`); // [B, 1]

  // The log softmax of n equal logits is -log(n) at each rating, and less elsewhere.
  const hidden = hide(mask, `${input}_hide`);
  const logShares = connect(
    tf.layers
      // Registered in tfjs, but missing from its types.
      .activation({ activation: "logSoftmax" as "softmax", name: `${input}_log_share` }),
    hidden,
  );
  const minusLogCount = largest(logShares, `${input}_minus_log_count`); // [B, 1]
  const scale = inverseRoot(input, minusLogCount);

  const sums = poolUserEmbeddings({ input, fit }, users, mask, scale); // [B, D]
  const standardised = connect(
    tf.layers.batchNormalization({
      center: false,
      scale: false,
      epsilon: STANDARD_EPSILON,
      trainable: false,
      name: `${input}_standardised`,
    }),
    sums,
  );
  const logCount = connect(
    tf.layers.rescaling({ scale: -LOG_COUNT_SCALE, name: `${input}_log_count` }),
    minusLogCount,
  );
  const { centredStars, residual } = starStatistics({ input, fit }, users, stars, mask); // [B, 1] each
  const joined = connect(tf.layers.concatenate({ name: `${input}_joined` }), [
    standardised,
    logCount,
    centredStars,
    residual,
  ]);
  const vector = connect(tf.layers.multiply({ name: `${input}_vector` }), [joined, presence]); // [B, D + 3]
  return {
    vector,
    presence,
    direction: unitLength(sums, fit.dimensions, { prefix: input, name: `${input}_direction` }),
    amounts: amountsOf(input, logCount, presence),
    initialWeights: new Map<string, Float32Array>([
      ...amountWeights(input),
      [`${vectorsName(input)}/embeddings`, fit.table],
      [`${input}_user_means/embeddings`, fit.means],
      // Selects the first of the two shares.
      [`${input}_inverse_root/kernel`, Float32Array.of(1 / DAMPING, 0)],
      [`${input}_standardised/moving_mean`, fit.mean],
      [`${input}_standardised/moving_variance`, fit.std.map((d) => d * d)],
    ]),
  };
}

/** Sum of the users' vectors times `scale` [B, D]. */
function poolUserEmbeddings(
  { input, fit }: PoolingParts,
  users: SymbolicTensor,
  mask: SymbolicTensor,
  scale: SymbolicTensor,
): SymbolicTensor {
  const vectors = connect(
    tf.layers.embedding({
      inputDim: fit.table.length / fit.dimensions,
      outputDim: fit.dimensions,
      trainable: false,
      name: vectorsName(input),
    }),
    users,
  ); // [B, R, D]
  const sum = connect(tf.layers.dot({ axes: [1, 1], name: `${input}_sum` }), [mask, vectors]); // [B, D]
  return connect(tf.layers.multiply({ name: `${input}_pooled` }), [sum, scale]);
}

/** Mean stars minus the mean of all ratings, and the same minus the users' own average [B, 1] each. */
function starStatistics(
  { input, fit }: PoolingParts,
  users: SymbolicTensor,
  stars: SymbolicTensor,
  mask: SymbolicTensor,
): { centredStars: SymbolicTensor; residual: SymbolicTensor } {
  const shares = equalShares(mask, `${input}_share`); // [B, R], 1 / n each
  const inverseCount = largest(shares, `${input}_inverse_count`); // [B, 1]
  // Sums of stars are exact in float32; sums of thousands of stars divided by n are not.
  const sumOfStars = connect(tf.layers.dot({ axes: [1, 1], name: `${input}_sum_of_stars` }), [
    mask,
    stars,
  ]);
  const meanStars = connect(tf.layers.multiply({ name: `${input}_mean_stars` }), [
    sumOfStars,
    inverseCount,
  ]);
  const centredStars = connect(
    tf.layers.rescaling({ scale: 1, offset: -fit.stars.mean, name: `${input}_centred_stars` }),
    meanStars,
  );
  const means = connect(
    tf.layers.embedding({
      inputDim: fit.means.length,
      outputDim: 1,
      trainable: false,
      name: `${input}_user_means`,
    }),
    users,
  ); // [B, R, 1]
  const sumOfMeans = connect(tf.layers.dot({ axes: [1, 1], name: `${input}_sum_of_means` }), [
    mask,
    means,
  ]);
  const minusMeans = connect(
    tf.layers.rescaling({ scale: -1, name: `${input}_minus_means` }),
    connect(tf.layers.multiply({ name: `${input}_mean_of_means` }), [sumOfMeans, inverseCount]),
  );
  const residual = connect(tf.layers.add({ name: `${input}_deviation` }), [
    centredStars,
    minusMeans,
  ]);
  return { centredStars, residual };
}

/** Scales log(n), 0 to 9, to the range of the other features. */
const LOG_COUNT_SCALE = 0.25;
/** Added to variances; negligible beside any that is not 0. */
const STANDARD_EPSILON = 1e-9;

/** As batch normalisation has it in the graph. */
const standardDeviation = (std: number) => Math.sqrt(std ** 2 + STANDARD_EPSILON);

/** The ratings of an item. */
export interface RatedRows {
  /** Of the user table. */
  readonly rows: ArrayLike<number>;
  /** As many. */
  readonly stars: ArrayLike<number>;
}

/**
 * The tower's input for one movie, computed outside the graph: training draws a different part of a movie's ratings each
 * time, and sums of thousands of vectors need no gradient.
 *
 * @param rated At least one rating: rows of the user table, and as many stars.
 * @param out Receives D + 3 numbers from `offset` on.
 * @param direction Receives the pooled vector scaled to length 1 [D].
 */
export function pooledVector(
  { rows, stars }: RatedRows,
  fit: UserVectors,
  out: Float32Array,
  offset: number,
  direction?: Float32Array,
): void {
  const { dimensions: D } = fit;
  poolUserVectors(rows, fit, out, offset);
  if (direction) {
    direction.set(out.subarray(offset, offset + D));
    scaleToUnitLength(direction);
  }
  for (let k = 0; k < D; k++) {
    const at = offset + k;
    out[at] = (out[at]! - fit.mean[k]!) / standardDeviation(fit.std[k]!);
  }
  ratingStatistics({ rows, stars }, fit, out, offset + D);
}

/**
 * The statistics after the pooled vector, see `RATING_STATISTICS`.
 *
 * @param rated At least one rating: rows of the user table, and as many stars.
 * @param out Receives 3 numbers from `offset` on.
 */
export function ratingStatistics(
  { rows, stars }: RatedRows,
  fit: Pick<UserVectors, "means" | "stars">,
  out: Float32Array,
  offset: number,
): void {
  let total = 0;
  let expected = 0;
  for (let i = 0; i < stars.length; i++) {
    total += stars[i]!;
    expected += fit.means[rows[i]!]!;
  }
  const centredStars = total / rows.length - fit.stars.mean;
  out[offset] = Math.log(rows.length) * LOG_COUNT_SCALE;
  out[offset + 1] = centredStars;
  out[offset + 2] = centredStars - expected / rows.length;
}

/**
 * How much each row of the user table weighs in the pooled vector, which is then the sum of them all.
 *
 * @param rows At least one, of the user table; a row may come more than once.
 * @param out [rows of the table], zeros; receives the weights.
 */
export function rowWeights(rows: ArrayLike<number>, out: Float32Array): void {
  const weight = poolingScale(rows.length);
  for (let i = 0; i < rows.length; i++) out[rows[i]!]! += weight;
}

/** A part of the tower's input in training that trains user vectors, from the sum of the table's rows [B, D + 3]. */
export function trainedVector(
  input: string,
  fit: UserVectors,
): { readonly inputs: readonly SymbolicTensor[]; readonly vector: SymbolicTensor } {
  const rows = fit.table.length / fit.dimensions;
  const weights = graphInput(`${input}_rows`, [rows]);
  const statistics = graphInput(`${input}_statistics`, [RATING_STATISTICS]);
  const sum = standardisedSum(weights, {
    name: vectorsName(input),
    rows,
    mean: fit.mean,
    std: fit.std.map(standardDeviation),
  });
  const vector = connect(tf.layers.concatenate({ name: `${input}_joined` }), [sum, statistics]);
  return { inputs: [weights, statistics], vector };
}

/** Name of the layer whose weight `embeddings` is the user table, in training that changes it and in the graph. */
export function vectorsName(input: string): string {
  return `${input}_user_vectors`;
}

/**
 * -log(n) -> 1 / (sqrt(n) + DAMPING): the first share of softmax(log(DAMPING) - log(n) / 2, 0), divided by DAMPING. A
 * sigmoid would be equal, but runtimes approximate it with an absolute error that small values do not survive.
 */
function inverseRoot(input: string, minusLogCount: SymbolicTensor): SymbolicTensor {
  const halved = connect(
    tf.layers.rescaling({ scale: 0.5, offset: Math.log(DAMPING), name: `${input}_half_log` }),
    minusLogCount,
  );
  const zero = connect(tf.layers.rescaling({ scale: 0, name: `${input}_zero` }), minusLogCount);
  const logits = connect(tf.layers.concatenate({ name: `${input}_root_logits` }), [halved, zero]);
  const shares = connect(tf.layers.softmax({ axis: -1, name: `${input}_root_shares` }), logits);
  return connect(
    tf.layers.dense({ units: 1, useBias: false, trainable: false, name: `${input}_inverse_root` }),
    shares,
  );
}
