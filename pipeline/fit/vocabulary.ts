/** The words that get their own id, from the training titles. */

import { parseTitle } from "../../predictor/preprocess/title.ts";

/**
 * Counts the titles that each word occurs in and keeps the frequent words.
 *
 * @param titles Raw titles of the training movies only.
 * @param minTitles At least 1; words in fewer titles are represented by their n-grams alone.
 * @returns Words, most frequent first, ties in code unit order, so that the result is the same on every machine.
 */
export function fitVocabulary(titles: Iterable<string>, minTitles: number): string[] {
  const counts = new Map<string, number>();
  for (const title of titles) {
    for (const word of new Set(parseTitle(title).words)) {
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  return [...counts]
    .filter(([, count]) => count >= minTitles)
    .sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1))
    .map(([word]) => word);
}
