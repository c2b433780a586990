/** Formats of figures and words in what targets say. */

/** Shown in place of missing values. */
const NONE = "-";

/** A score with three decimals; "-" for none. */
export function formatScore(score: number | null | undefined): string {
  return score === null || score === undefined ? NONE : score.toFixed(3);
}

/** "a movie", "an item" */
export function withArticle(noun: string): string {
  return `${/^[aeiou]/i.test(noun) ? "an" : "a"} ${noun}`;
}

export function capitalised(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}`;
}
