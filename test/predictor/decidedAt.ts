/** Decisions at thresholds, for figures of decisions. */

/** @returns [N, L] 1 for each score that reaches its label's threshold. */
export function decidedAt(scores: Float32Array, thresholds: ArrayLike<number>): Uint8Array {
  const labels = thresholds.length;
  return Uint8Array.from(scores, (score, i) => Number(score >= thresholds[i % labels]!));
}
