/** L2-regularised multinomial logistic regression on sparse rows. */

import { minimise } from "./newton.ts";
import {
  checkRegression,
  type LinearModel,
  multiply,
  multiplyTransposed,
  penalty,
  roundingOf,
  type SparseRows,
} from "./sparseRows.ts";

/**
 * Fits P(class | x) = softmax(W x + b) by minimising |W|^2 / 2 + C * sum of log losses, with unpenalised intercepts, as
 * scikit-learn's `LogisticRegression(C)` does with several classes. All classes are fitted together, so that the logits
 * are those of one distribution.
 *
 * @param targets Class of each row [rows], 0..classes-1.
 * @param c Inverse strength of the regularisation, > 0.
 * @returns A model per class. A class that no row has gets weights of 0 and an intercept of -Infinity, the maximum of its
 *   likelihood.
 * @throws Error if shapes disagree or `c` is not positive; NoMinimumError if no minimum is reached.
 */
export function fitMultinomial(
  rows: SparseRows,
  targets: Uint32Array,
  classes: number,
  c: number,
): LinearModel[] {
  checkRegression(rows, targets.length, c);
  const counts = new Float64Array(classes);
  for (const target of targets) counts[target]!++;
  const seen = [...counts.keys()].filter((k) => counts[k]! > 0);
  const placeOf = new Map(seen.map((k, place) => [k, place]));
  const places = Uint32Array.from(targets, (target) => placeOf.get(target)!);
  const start = seen.map((k) => Math.log(counts[k]! / targets.length));
  // With a single class there is nothing to tell apart.
  const fitted =
    seen.length < 2
      ? start.map((intercept) => ({ weights: new Float64Array(rows.columns), intercept }))
      : fitSeen({ rows, targets: places, c }, start);
  return Array.from(counts, (_, k) => {
    const place = placeOf.get(k);
    return place === undefined
      ? { weights: new Float64Array(rows.columns), intercept: Number.NEGATIVE_INFINITY }
      : fitted[place]!;
  });
}

interface Task {
  readonly rows: SparseRows;
  readonly targets: Uint32Array;
  readonly c: number;
}

/** @param intercepts Initial ones, of every class. Parameters are a block per class, with its intercept last. */
function fitSeen({ rows, targets, c }: Task, intercepts: readonly number[]): LinearModel[] {
  const classes = intercepts.length;
  const size = rows.columns + 1;
  const blocks = (parameters: Float64Array) =>
    Array.from({ length: classes }, (_, k) => parameters.subarray(k * size, (k + 1) * size));
  const joined = (parts: readonly Float64Array[]) => {
    const whole = new Float64Array(classes * size);
    for (const [k, part] of parts.entries()) whole.set(part, k * size);
    return whole;
  };
  const start = new Float64Array(classes * size);
  for (const [k, intercept] of intercepts.entries()) start[(k + 1) * size - 1] = intercept;
  const parameters = minimise(
    "multinomial regression",
    {
      stateAt: (at) => normalise(blocks(at).map((block) => multiply(rows, block))),
      valueAt(at, logs) {
        const regularised = blocks(at).reduce((sum, block) => sum + penalty(block), 0);
        return regularised - c * targets.reduce((sum, target, row) => sum + logs[target]![row]!, 0);
      },
      gradientAt: (at, logs) =>
        joined(
          blocks(at).map((block, k) => {
            const residuals = logs[k]!.map(
              (log, row) => Math.exp(log) - Number(targets[row] === k),
            );
            return multiplyTransposed(rows, residuals, c, block);
          }),
        ),
      hessianAt(logs) {
        const probabilities = logs.map((ofClass) => ofClass.map(Math.exp));
        return (vector) => {
          const products = blocks(vector).map((block) => multiply(rows, block));
          const means = targets.length === 0 ? [] : meansOf(probabilities, products);
          return joined(
            blocks(vector).map((block, k) => {
              const weighted = products[k]!.map(
                (value, row) => probabilities[k]![row]! * (value - means[row]!),
              );
              return multiplyTransposed(rows, weighted, c, block);
            }),
          );
        };
      },
    },
    start,
    roundingOf(rows, c),
  );
  return blocks(parameters).map((block) => ({
    weights: block.slice(0, rows.columns),
    intercept: block[rows.columns]!,
  }));
}

/** Logits of each class [classes][rows] as logarithms of probabilities, in place. */
function normalise(logits: readonly Float64Array[]): readonly Float64Array[] {
  for (let row = 0; row < logits[0]!.length; row++) {
    let most = Number.NEGATIVE_INFINITY;
    for (const ofClass of logits) most = Math.max(most, ofClass[row]!);
    let sum = 0;
    for (const ofClass of logits) sum += Math.exp(ofClass[row]! - most);
    const log = most + Math.log(sum);
    for (const ofClass of logits) ofClass[row]! -= log;
  }
  return logits;
}

/** Mean of the values over the classes, by their probabilities [rows]. */
function meansOf(
  probabilities: readonly Float64Array[],
  values: readonly Float64Array[],
): Float64Array {
  const means = new Float64Array(values[0]!.length);
  for (const [k, ofClass] of values.entries()) {
    for (let row = 0; row < means.length; row++) {
      means[row]! += probabilities[k]![row]! * ofClass[row]!;
    }
  }
  return means;
}
