/** Text: words, each a token id and those of its character n-grams. */

import { z } from "zod";
import { InputError } from "../errors.ts";
import { issueOf } from "../issues.ts";
import {
  createTitleEncoder,
  PADDING_ID,
  parseTitle,
  splitWords,
  type TitleSpec,
  tokenCount,
  UNKNOWN_WORD_ID,
} from "../preprocess/title.ts";
import { type CommonSpec, type InputType, inputName } from "./inputType.ts";

export interface TextSpec extends TitleSpec, CommonSpec {
  readonly type: "text";
  /** `title`: moved articles ("Net, The") and bracketed alternatives are read, and a year in brackets at the end is not. */
  readonly form: "title" | "plain";
  /** Longer texts are refused, which limits the work per request. */
  readonly maxCharacters: number;
  /** Which occurrences of a word are read, see `readWords`; default: all. */
  readonly repeats?: "doubling" | undefined;
}

export interface TextFeatures {
  /** The words that have places, in reading order: the first `maxWords` of `readWords`. */
  readonly words: readonly string[];
  /** int32 [maxWords * piecesPerWord] */
  readonly tokens: Int32Array;
}

const positive = z.int().positive();

/** Graph input `NAME_tokens` int32 [n, maxWords, piecesPerWord]. */
export const text = {
  spec: z.strictObject({
    type: z.literal("text"),
    group: inputName.optional(),
    form: z.enum(["title", "plain"]),
    maxCharacters: positive,
    repeats: z.literal("doubling").optional(),
    maxWords: positive,
    piecesPerWord: positive,
    vocabulary: z.array(z.string()),
    vectorWords: z.array(z.string()),
    ngrams: z
      .strictObject({ min: positive, max: positive, buckets: z.int().nonnegative() })
      .refine(({ min, max }) => min <= max, { error: "must not be more than max", path: ["min"] }),
  }),

  encoder(name, spec) {
    const encode = createTitleEncoder(spec);
    return (item) => {
      const words = readWords(textOf(item[name], name, spec), spec).slice(0, spec.maxWords);
      return { words, tokens: encode(words) };
    };
  },

  absent: ({ maxWords, piecesPerWord }) => ({
    words: [],
    tokens: new Int32Array(maxWords * piecesPerWord),
  }),

  // As in the graph: a text of punctuation only has no word.
  isPresent: ({ tokens }) => tokens[0] !== PADDING_ID,

  // The first piece of a word is the word itself.
  unknownShare: ({ words, tokens }, { piecesPerWord }) =>
    words.filter((_, i) => tokens[i * piecesPerWord] === UNKNOWN_WORD_ID).length / words.length,

  tensorNames: (name) => [`${name}_tokens`],

  collate(name, { maxWords, piecesPerWord }, rows) {
    const data = new Int32Array(rows.length * maxWords * piecesPerWord);
    for (const [i, { tokens }] of rows.entries()) data.set(tokens, i * maxWords * piecesPerWord);
    return {
      [`${name}_tokens`]: { type: "int32", dims: [rows.length, maxWords, piecesPerWord], data },
    };
  },

  tableRows: (name, spec) => ({ [`${name}_tokens`]: tokenCount(spec) + spec.vectorWords.length }),

  summary: ({ vocabulary, vectorWords, ...rest }) => ({
    ...rest,
    words: vocabulary.length,
    vectorWords: vectorWords.length,
  }),

  attention: {
    size: ({ maxWords }) => maxWords,
    parts: ({ words }) => words,
  },
} satisfies InputType<TextSpec, TextFeatures>;

/** All words of a text, normalised. */
export function wordsOf(value: string, { form }: Pick<TextSpec, "form">): readonly string[] {
  return form === "title" ? parseTitle(value).words : splitWords(value);
}

/**
 * The words that are read. With `doubling`, these are a word's 1st, 2nd, 4th, 8th occurrence and so on: of c occurrences,
 * 1 + log2(c), rounded down. A word that fills a text then counts little more than one that is said twice, as with
 * scikit-learn's `sublinear_tf` (Manning, Raghavan and Schütze 2008, section 6.4.1), and others get its places.
 */
export function readWords(
  value: string,
  spec: Pick<TextSpec, "form" | "repeats">,
): readonly string[] {
  const words = wordsOf(value, spec);
  if (spec.repeats !== "doubling") return words;
  const counts = new Map<string, number>();
  return words.filter((word) => {
    const count = (counts.get(word) ?? 0) + 1;
    counts.set(word, count);
    return (count & (count - 1)) === 0; // a power of two
  });
}

function textOf(value: unknown, name: string, { maxCharacters }: TextSpec): string {
  if (value === undefined) return "";
  if (typeof value !== "string") throw new InputError(name, issueOf("notText"));
  if (value.length > maxCharacters) {
    throw new InputError(
      name,
      issueOf("tooManyCharacters", { count: value.length, most: maxCharacters }),
    );
  }
  return value;
}
