/** The words that get their own id, from the training texts. */

/**
 * Counts the texts that each word occurs in and keeps the frequent words.
 *
 * @param texts Words of the training movies' texts only.
 * @param minTexts At least 1; words in fewer texts are represented by their n-grams alone.
 * @returns Words, most frequent first, ties in code unit order, so that the result is the same on every machine.
 */
export function fitVocabulary(texts: Iterable<readonly string[]>, minTexts: number): string[] {
  const counts = new Map<string, number>();
  for (const words of texts) {
    for (const word of new Set(words)) {
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  return [...counts]
    .filter(([, count]) => count >= minTexts)
    .sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1))
    .map(([word]) => word);
}
