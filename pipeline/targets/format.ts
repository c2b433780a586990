/** Formats of figures in what targets say. */

/** Shown in place of missing values. */
const NONE = "-";

/** Decimals of a score that is no smaller than a hundredth. */
const DECIMALS = 3;
/** More are not counted any more: scores with more are written with an exponent. */
const MOST_DECIMALS = 8;

/**
 * A score with three decimals, or three significant digits where it is small: errors are in the unit of the target. "-" for
 * none.
 *
 * @param scale What the digits are chosen by: of a deviation or a difference, the score that it is beside.
 * @param more Further digits.
 */
export function formatScore(
  score: number | null | undefined,
  scale: number | null | undefined = score,
  more = 0,
): string {
  if (score === null || score === undefined) return NONE;
  const size = Math.abs(scale ?? 0);
  const decimals = size > 0 && size < 0.01 ? DECIMALS - 1 - Math.floor(Math.log10(size)) : DECIMALS;
  return decimals > MOST_DECIMALS
    ? score.toExponential(DECIMALS - 1 + more)
    : score.toFixed(decimals + more);
}

/** Three significant digits; whole numbers in full. */
export function formatNumber(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en-US");
  return String(Number(value.toPrecision(3)));
}
