/**
 * The quality figures of ranked and selected labels, for training, threshold tuning (thresholds.ts) and reports. Those of
 * classes and numbers are in pipeline/targets/.
 *
 * Shapes: N items, L labels. Scores are row-major [N, L], and any increasing function of a probability will do. Targets
 * and decisions are [N, L] of 0 and 1.
 */

/** F1 of decisions, each in [0, 1], averaged in three ways. */
export interface F1Scores {
  /** Over all N x L decisions at once: frequent labels dominate. */
  readonly micro: number;
  /** Mean over labels: every label counts the same. */
  readonly macro: number;
  /** Mean over items. */
  readonly samples: number;
  /** Each label's own [L]. */
  readonly perLabel: Float64Array;
}

/** Mean without NaN; NaN where there is nothing else. */
export function meanOfKnown(values: ArrayLike<number>): number {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) continue;
    sum += values[i]!;
    count++;
  }
  return sum / count;
}

/**
 * Label indices by descending score; equal scores keep label order, so a ranking never depends on
 * the sorting algorithm of the host.
 * @param scores [L]
 * @returns [L] a permutation of 0..L-1
 * @throws Error where a score is NaN
 */
export function rankLabels(scores: ArrayLike<number>): number[] {
  const order: number[] = [];
  for (let label = 0; label < scores.length; label++) {
    if (Number.isNaN(scores[label])) throw new Error(`metrics: the score of label ${label} is NaN`);
    order.push(label);
  }
  return order.sort((a, b) => scores[b]! - scores[a]! || a - b);
}

/**
 * The first labels of `rankLabels`, found without sorting the others: for few of many labels.
 * @param scores [L], without NaN
 * @param k positive integer; beyond the number of labels it changes nothing
 * @returns [min(k, L)]
 */
export function bestLabels(scores: ArrayLike<number>, k: number): number[] {
  const order = (a: number, b: number) => scores[b]! - scores[a]! || a - b;
  const best: number[] = [];
  let least = Number.NaN; // which k labels are known to reach
  for (let label = 0; label < scores.length; label++) {
    if (scores[label]! <= least) continue; // of equal scores, the first labels are the best
    best.push(label);
    if (best.length < 2 * k) continue;
    best.sort(order).length = k;
    least = scores[best[k - 1]!]!;
  }
  return best.sort(order).slice(0, k);
}

/**
 * AP@K as the course and Kaggle's `apk` define it: the precision at each hit among the first K,
 * summed and divided by min(number of relevant labels, K).
 * @param ranked label indices, best first, without repeats (see `rankLabels`); the first K suffice
 * @param relevant [L] targets of the item, 0 or 1
 * @param k positive integer; beyond the number of labels it changes nothing
 * @returns in [0, 1]; NaN where nothing is relevant
 * @throws RangeError where `k` is not a positive integer
 */
export function averagePrecisionAtK(
  ranked: ArrayLike<number>,
  relevant: ArrayLike<number>,
  k: number,
): number {
  if (!Number.isInteger(k) || k < 1) {
    throw new RangeError(`metrics: K must be a positive integer, got ${k}`);
  }
  let positives = 0;
  for (let label = 0; label < relevant.length; label++) positives += relevant[label]!;
  let hits = 0;
  let sum = 0;
  for (let rank = 0; rank < Math.min(k, ranked.length); rank++) {
    if (relevant[ranked[rank]!] !== 1) continue;
    hits++;
    sum += hits / (rank + 1);
  }
  return sum / Math.min(positives, k);
}

/**
 * AP@K of every item, for mAP@K (its `meanOfKnown`), means over groups, and bootstraps.
 * @returns [N] in [0, 1]; NaN for items without labels, which have no average precision
 * @throws Error where shapes disagree or a score is NaN; RangeError where `k` is not a positive integer
 */
export function perItemAveragePrecision(
  scores: Float32Array,
  targets: Uint8Array,
  labels: number,
  k: number,
): Float64Array {
  const items = checkMatrices(scores, targets, labels);
  const values = new Float64Array(items);
  for (let item = 0; item < items; item++) {
    const [from, to] = [item * labels, (item + 1) * labels];
    const ranked = bestLabels(scores.subarray(from, to), k);
    values[item] = averagePrecisionAtK(ranked, targets.subarray(from, to), k);
  }
  return values;
}

/**
 * Label ranking average precision as scikit-learn's `label_ranking_average_precision_score`: for
 * each relevant label, the share of relevant ones among the labels scored at least as high. Ties
 * count against the model; items with no label or with every label score 1.
 * @returns in (0, 1]; NaN for no items at all
 * @throws Error where shapes disagree or a score is NaN
 */
export function labelRankingAveragePrecision(
  scores: Float32Array,
  targets: Uint8Array,
  labels: number,
): number {
  const items = checkMatrices(scores, targets, labels);
  let sum = 0;
  for (let item = 0; item < items; item++) {
    const [from, to] = [item * labels, (item + 1) * labels];
    sum += rankingPrecision(scores.subarray(from, to), targets.subarray(from, to));
  }
  return sum / items;
}

/** The term of one item in `labelRankingAveragePrecision`; both [L]. */
function rankingPrecision(scores: Float32Array, targets: Uint8Array): number {
  const relevant = scores.filter((_, label) => targets[label] === 1).sort();
  const positives = relevant.length;
  if (positives === 0 || positives === scores.length) return 1;
  // Scores at least as high as a relevant label's are those that reach as many relevant scores or more.
  const reached = (score: number) => countUpTo(relevant, score);
  const atLeast = new Float64Array(positives + 1);
  for (let label = 0; label < scores.length; label++) atLeast[reached(scores[label]!)]!++;
  const relevantAtLeast = new Float64Array(positives + 1);
  for (let i = 0; i < positives; i++) relevantAtLeast[reached(relevant[i]!)]!++;
  for (let i = positives - 1; i > 0; i--) {
    atLeast[i]! += atLeast[i + 1]!;
    relevantAtLeast[i]! += relevantAtLeast[i + 1]!;
  }
  let precision = 0;
  for (let label = 0; label < scores.length; label++) {
    if (targets[label] !== 1) continue;
    const at = reached(scores[label]!);
    precision += relevantAtLeast[at]! / atLeast[at]!;
  }
  return precision / positives;
}

/** How many values of an ascending list are at most `limit`. */
function countUpTo(ascending: Float32Array, limit: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * F1 of decisions; 0 where neither truth nor decision says yes (scikit-learn's `f1_score` with `zero_division=0`). The
 * macro F1 is the mean over the labels that truth or decision says yes to at least once (scikit-learn's with
 * `zero_division=np.nan`); 0 without any.
 * @param decided [N, L] 1 for each label that is answered, as `decide` selects them
 * @throws Error where shapes disagree or a target is neither 0 nor 1
 */
export function f1Scores(decided: Uint8Array, targets: Uint8Array, labels: number): F1Scores {
  const items = checkMatrices(decided, targets, labels);
  const hits = new Float64Array(labels); // true positives of each label
  const marked = new Float64Array(labels); // predicted + actual positives = 2 TP + FP + FN
  let samples = 0;
  for (let item = 0; item < items; item++) {
    let itemHits = 0;
    let itemMarked = 0;
    for (let label = 0; label < labels; label++) {
      const actual = targets[item * labels + label]!;
      const predicted = decided[item * labels + label]!;
      hits[label]! += actual * predicted;
      marked[label]! += actual + predicted;
      itemHits += actual * predicted;
      itemMarked += actual + predicted;
    }
    samples += f1(itemHits, itemMarked);
  }
  const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
  const perLabel = hits.map((count, label) => f1(count, marked[label]!));
  const counted = marked.filter((count) => count > 0).length;
  return {
    ...{ micro: f1(sum(hits), sum(marked)), macro: sum(perLabel) / Math.max(1, counted) },
    ...{ samples: samples / items, perLabel },
  };
}

/**
 * Area under the precision-recall curve of each label as scikit-learn's `average_precision_score`:
 * sum over distinct scores of (recall gained) x precision, equal scores taken in one step.
 * @returns [L] in (0, 1]; NaN for labels without positives
 * @throws Error where shapes disagree or a score is NaN
 */
export function averagePrecision(
  scores: Float32Array,
  targets: Uint8Array,
  labels: number,
): Float64Array {
  checkMatrices(scores, targets, labels);
  return Float64Array.from({ length: labels }, (_, label) => {
    let area = 0;
    let before = 0; // positives above the current step
    accumulate(
      columnOf(scores, label, labels),
      columnOf(targets, label, labels),
      (_, taken, hits) => {
        area += (hits - before) * (hits / taken);
        before = hits;
      },
    );
    return area / before;
  });
}

/**
 * Accepts decisions by descending score, and calls `step` after each distinct score.
 * @param step called with the score, the number of decisions that score at least as much, and how
 *   many of these are positive
 */
export function accumulate(
  scores: Float32Array,
  actual: Uint8Array,
  step: (score: number, taken: number, hits: number) => void,
): void {
  // Sorted as plain numbers, without indices: a sort that calls back is far slower, and a list of
  // the N x L decisions of a large data set takes far more memory.
  const ascending = scores.slice().sort();
  const positive = scores.filter((_, i) => actual[i] === 1).sort();
  const total = ascending.length;
  let left = total; // not yet accepted
  let positiveLeft = positive.length;
  while (left > 0) {
    const score = ascending[left - 1]!;
    while (left > 0 && ascending[left - 1] === score) left--;
    while (positiveLeft > 0 && positive[positiveLeft - 1] === score) positiveLeft--;
    step(score, total - left, positive.length - positiveLeft);
  }
}

/** 2 TP / (predicted + actual positives); 0 where that is 0 / 0. */
export function f1(hits: number, marked: number): number {
  return marked === 0 ? 0 : (2 * hits) / marked;
}

/** One label's values of all items, from a matrix [N, L]. */
export function columnOf<T extends Float32Array | Uint8Array>(
  matrix: T,
  label: number,
  labels: number,
): T {
  const values = matrix.slice(0, matrix.length / labels) as T;
  for (let row = 0; row < values.length; row++) values[row] = matrix[row * labels + label]!;
  return values;
}

/** Checks shapes and values; returns N. */
export function checkMatrices(
  scores: Float32Array | Uint8Array,
  targets: Uint8Array,
  labels: number,
): number {
  if (!Number.isInteger(labels) || labels < 1) {
    throw new Error(`metrics: the number of labels must be a positive integer, got ${labels}`);
  }
  if (scores.length !== targets.length || scores.length % labels !== 0) {
    throw new Error(
      `metrics: expected scores and targets of equal length, a multiple of ${labels} labels; ` +
        `got ${scores.length} scores and ${targets.length} targets`,
    );
  }
  for (let i = 0; i < scores.length; i++) {
    if (Number.isNaN(scores[i])) {
      const [item, label] = [Math.floor(i / labels), i % labels];
      throw new Error(`metrics: the score of item ${item}, label ${label} is NaN`);
    }
    if (targets[i]! > 1) {
      const [item, label] = [Math.floor(i / labels), i % labels];
      throw new Error(
        `metrics: the target of item ${item}, label ${label} must be 0 or 1, got ${targets[i]}`,
      );
    }
  }
  return scores.length / labels;
}
