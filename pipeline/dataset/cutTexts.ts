/** How many texts are longer than what a model reads of them, and whether that is worth a warning. */

import type { KeptWords } from "../inputs/text/options.ts";

/** How many of an input's texts are cut. */
export interface CutTexts {
  readonly input: string;
  /** Under which the options of its tower are. */
  readonly group: string;
  /** Words kept per text. */
  readonly maxWords: number;
  /** Number of texts that have a word. */
  readonly texts: number;
  /** Number of them that have more words to read than are kept, see `readWords`. */
  readonly cut: number;
  /** With so many words kept, at most one text of a hundred would be cut. */
  readonly enough: number;
}

/** A smaller share of cut texts, 0 to 1, is no reason to warn. */
const WORTH_A_WARNING = 0.03;
/** Share of the texts that `wordsOfMost` keeps whole. */
const MOST = 0.99;

/** Number of texts by how many words they have to read, 1 or more. */
export type TextsByWords = ReadonlyMap<number, number>;

/** Counts one more text, unless it has no word. @param words How many it has to read. */
export function countText(textsByWords: Map<number, number>, words: number): void {
  if (words > 0) textsByWords.set(words, (textsByWords.get(words) ?? 0) + 1);
}

/** Counts texts. @param words How many each has to read. */
export function countTexts(words: Iterable<number>): TextsByWords {
  const counts = new Map<number, number>();
  for (const each of words) countText(counts, each);
  return counts;
}

export function countCut(
  of: Pick<CutTexts, "input" | "group" | "maxWords">,
  textsByWords: TextsByWords,
): CutTexts {
  let [texts, cut] = [0, 0];
  for (const [words, count] of textsByWords) {
    texts += count;
    if (words > of.maxWords) cut += count;
  }
  return { ...of, texts, cut, enough: wordsOfMost(textsByWords) };
}

/**
 * Words kept per text where no option says it: so many that at most one text of a hundred is cut, within bounds.
 *
 * @param textsByWords Asked for only where it matters.
 */
export function defaultMaxWords(
  { least, most }: KeptWords,
  textsByWords: () => TextsByWords,
): number {
  return least === most ? most : Math.min(most, Math.max(least, wordsOfMost(textsByWords())));
}

/** So many words that at most one text of a hundred has more; 0 without texts. */
function wordsOfMost(textsByWords: TextsByWords): number {
  const texts = [...textsByWords.values()].reduce((sum, count) => sum + count, 0);
  let [enough, whole] = [0, 0];
  for (const [words, count] of [...textsByWords].sort(([a], [b]) => a - b)) {
    if (whole >= Math.ceil(MOST * texts)) break;
    enough = words;
    whole += count;
  }
  return enough;
}

export function isWorthAWarning({ texts, cut }: CutTexts): boolean {
  return cut > 0 && cut >= WORTH_A_WARNING * texts;
}
