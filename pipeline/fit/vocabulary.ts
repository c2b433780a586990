/** The words that get an id of their own, learned from the train part's titles. */

import { parseTitle } from "../../predictor/preprocess/title.ts";

/**
 * Counts in how many titles each word occurs and keeps the frequent ones.
 *
 * @param titles Raw titles of the movies that are trained on, no others.
 * @param minTitles Words in fewer titles are left to their n-grams; at least 1.
 * @returns Words, most frequent first, ties in code point order: the same on every machine.
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
