/** How many texts are longer than what a model reads of them, and whether that is worth a warning. */

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
/** Share of the texts that `enough` keeps whole. */
const MOST = 0.99;

/** @param textsByWords Number of texts by how many words they have to read, 1 or more. */
export function countCut(
  of: Pick<CutTexts, "input" | "group" | "maxWords">,
  textsByWords: ReadonlyMap<number, number>,
): CutTexts {
  let [texts, cut] = [0, 0];
  for (const [words, count] of textsByWords) {
    texts += count;
    if (words > of.maxWords) cut += count;
  }
  let [enough, whole] = [0, 0];
  for (const [words, count] of [...textsByWords].sort(([a], [b]) => a - b)) {
    if (whole >= Math.ceil(MOST * texts)) break;
    enough = words;
    whole += count;
  }
  return { ...of, texts, cut, enough };
}

export function isWorthAWarning({ texts, cut }: CutTexts): boolean {
  return cut > 0 && cut >= WORTH_A_WARNING * texts;
}
