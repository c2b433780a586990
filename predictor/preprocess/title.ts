/** Turns a title as people and data sets write it into words, a release year, and the token ids that the graph reads. */

/** What training learned about titles. */
export interface TitleSpec {
  /** Words kept per title; later words are dropped. */
  readonly maxWords: number;
  /** Token ids per word: the word itself, then its character n-grams. */
  readonly piecesPerWord: number;
  /** Words with an id of their own, in id order: `vocabulary[i]` has id `i + FIRST_WORD_ID`. */
  readonly vocabulary: readonly string[];
  /**
   * Words that only have a vector from elsewhere: `vectorWords[i]` has id `i + tokenCount(spec)`. No training title need
   * have shown them.
   */
  readonly vectorWords: readonly string[];
  readonly ngrams: {
    /** Shortest and longest character n-gram, boundary markers counted. */
    readonly min: number;
    readonly max: number;
    /** Number of hash buckets; their ids follow those of the vocabulary. */
    readonly buckets: number;
  };
}

export const PADDING_ID = 0;
/** Id of every word that is not in the vocabulary; its n-grams still carry information. */
export const UNKNOWN_WORD_ID = 1;
export const FIRST_WORD_ID = 2;

/** Films exist since 1888; a few years ahead covers announced ones. */
export const RELEASE_YEARS = { min: 1888, max: 2100, whole: true } as const;

/** Longer titles of movies are refused, which limits the work per request; real ones are much shorter. */
export const MAX_TITLE_CHARACTERS = 1000;

/** Articles that catalogues move behind a comma ("Net, The"), in the languages MovieLens has. */
const MOVED_ARTICLES = new Set(
  "the a an la le les l' il lo i gli un una une der die das den det de het el los las o os as en et".split(
    " ",
  ),
);

export interface ParsedTitle {
  /** Lower-case words without accents, in reading order, alternative titles last. */
  readonly words: readonly string[];
  /** Year from a trailing "(1995)", where there is one. */
  readonly year: number | undefined;
}

/**
 * Splits a title into normalised words and its year.
 *
 * "Net, The (1995)" -> the, net + 1995; "Mirror, The (Zerkalo) (1975)" -> the, mirror, zerkalo + 1975.
 */
export function parseTitle(raw: string): ParsedTitle {
  const { parts, year } = partsOfTitle(raw);
  return { words: parts.flatMap(splitWords), year };
}

/** A title as people write it: "Mirror, The (Zerkalo) (1975)" -> "The Mirror (Zerkalo)". */
export function readableTitle(raw: string): string {
  const [main, ...alternatives] = partsOfTitle(raw).parts.map((part) => part.trim());
  return [main, ...alternatives.map((part) => `(${part})`)].filter(Boolean).join(" ");
}

/** The main title and its alternatives, with articles at their places, and the year. */
function partsOfTitle(raw: string): {
  readonly parts: string[];
  readonly year: number | undefined;
} {
  let rest = raw.trim();
  let year: number | undefined;
  const trailing = /\((\d{4})\)\s*$/.exec(rest);
  if (trailing) {
    const candidate = Number(trailing[1]);
    if (candidate >= RELEASE_YEARS.min && candidate <= RELEASE_YEARS.max) {
      year = candidate;
      rest = rest.slice(0, trailing.index).trim();
    }
  }
  // The main title comes first, then every bracketed alternative: each may have its own moved article.
  const alternatives = [...rest.matchAll(/\(([^()]*)\)/g)].map((match) => match[1] ?? "");
  const main = rest.replace(/\([^()]*\)/g, " ");
  return { parts: [main, ...alternatives].map(restoreArticle), year };
}

/** "Net, The" -> "The Net"; anything else is returned as it is. */
function restoreArticle(title: string): string {
  const text = title.trim().replace(/^a\.?k\.?a\.?\s+/i, "");
  const comma = text.lastIndexOf(",");
  if (comma < 0) return text;
  const article = text
    .slice(comma + 1)
    .trim()
    .replace(/[’`´]/g, "'");
  if (!MOVED_ARTICLES.has(article.toLowerCase())) return text;
  // "Étoile, L'" is "L'Étoile", one word.
  return article + (article.endsWith("'") ? "" : " ") + text.slice(0, comma);
}

/**
 * Marks that are left out: accents, and the points of Arabic and Hebrew, which many texts leave out as well. In other scripts
 * marks are vowels, or tell one letter from another: दिन is not दान, and ば is not は.
 */
const ACCENTS =
  /(^|[^\p{L}\p{M}]|[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Arabic}\p{Script=Hebrew}])\p{M}+/gu;

/** They choose between pictures of the same character. */
const VARIATION_SELECTORS = /[\u{FE00}-\u{FE0F}\u{E0100}-\u{E01EF}]/gu;

/** Lower-case words without accents, in reading order. */
export function splitWords(text: string): string[] {
  const plain = text
    // First: between marks they would keep them out of order.
    .replace(VARIATION_SELECTORS, "")
    .normalize("NFKD")
    .replace(ACCENTS, "$1")
    .toLowerCase()
    // "don't" is one word, and so is "o'brien".
    .replace(/['’`´]/g, "");
  return plain.match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu) ?? [];
}

/** Whether a text has nothing to read, neither a letter nor a digit: it counts as none, like one of blanks. */
export function isBlankText(value: string): boolean {
  // Others, such as a trade mark's sign, become letters.
  return !/[\p{L}\p{N}]/u.test(value) && splitWords(value).length === 0;
}

/** All character n-grams of `<word>`, shortest first, in order of place. */
export function characterNgrams(word: string, min: number, max: number): string[] {
  const characters = [...`<${word}>`];
  const ngrams: string[] = [];
  for (let n = min; n <= max; n++) {
    // The whole marked word is left out: the word's own id already stands for it.
    if (n >= characters.length) break;
    for (let start = 0; start + n <= characters.length; start++) {
      ngrams.push(characters.slice(start, start + n).join(""));
    }
  }
  return ngrams;
}

/** 32-bit FNV-1a over UTF-16 code units (Fowler, Noll, Vo; draft-eastlake-fnv), low byte first. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193);
    hash = Math.imul(hash ^ (unit >> 8), 0x01000193);
  }
  return hash >>> 0;
}

/** Number of token ids that training learns: padding, unknown, the vocabulary, the n-gram buckets. */
export function tokenCount(spec: TitleSpec): number {
  return FIRST_WORD_ID + spec.vocabulary.length + spec.ngrams.buckets;
}

export type TitleEncoder = (words: readonly string[]) => Int32Array;

/**
 * Makes the function that turns words into token ids, int32 [maxWords, piecesPerWord], row-major;
 * unused places hold `PADDING_ID`.
 */
export function createTitleEncoder(spec: TitleSpec): TitleEncoder {
  const ids = new Map(spec.vectorWords.map((word, i) => [word, i + tokenCount(spec)]));
  for (const [i, word] of spec.vocabulary.entries()) ids.set(word, i + FIRST_WORD_ID);
  const firstBucket = FIRST_WORD_ID + spec.vocabulary.length;
  return (words) => {
    const tokens = new Int32Array(spec.maxWords * spec.piecesPerWord);
    for (const [w, word] of words.slice(0, spec.maxWords).entries()) {
      const start = w * spec.piecesPerWord;
      tokens[start] = ids.get(word) ?? UNKNOWN_WORD_ID;
      if (spec.ngrams.buckets === 0) continue;
      const ngrams = characterNgrams(word, spec.ngrams.min, spec.ngrams.max);
      for (const [p, ngram] of ngrams.slice(0, spec.piecesPerWord - 1).entries()) {
        tokens[start + 1 + p] = firstBucket + (fnv1a(ngram) % spec.ngrams.buckets);
      }
    }
    return tokens;
  };
}
