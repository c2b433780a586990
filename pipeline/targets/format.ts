/** Formats of figures in what targets say. */

/** Shown in place of missing values. */
const NONE = "-";

/** A score with three decimals; "-" for none. */
export function formatScore(score: number | null | undefined): string {
  return score === null || score === undefined ? NONE : score.toFixed(3);
}

/** Three significant digits; whole numbers in full. */
export function formatNumber(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en-US");
  return String(Number(value.toPrecision(3)));
}
