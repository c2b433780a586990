/** Text: words, each a token id and those of its character n-grams. */

import { z } from "zod";
import { InputError } from "../errors.ts";
import {
  createTitleEncoder,
  PADDING_ID,
  parseTitle,
  splitWords,
  type TitleSpec,
  tokenCount,
} from "../preprocess/title.ts";
import { type CommonSpec, type InputType, inputName } from "./inputType.ts";

export interface TextSpec extends TitleSpec, CommonSpec {
  readonly type: "text";
  /** `title`: moved articles ("Net, The") and bracketed alternatives are read, and a year in brackets at the end is not. */
  readonly form: "title" | "plain";
  /** Longer texts are refused, which limits the work per request. */
  readonly maxCharacters: number;
}

export interface TextFeatures {
  /** The words that have places, in reading order, at most `maxWords`. */
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
      const words = wordsOf(textOf(item[name], name, spec), spec).slice(0, spec.maxWords);
      return { words, tokens: encode(words) };
    };
  },

  absent: ({ maxWords, piecesPerWord }) => ({
    words: [],
    tokens: new Int32Array(maxWords * piecesPerWord),
  }),

  // As in the graph: a text of punctuation only has no word.
  isPresent: ({ tokens }) => tokens[0] !== PADDING_ID,

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

function textOf(value: unknown, name: string, { maxCharacters }: TextSpec): string {
  if (value === undefined) return "";
  if (typeof value !== "string") throw new InputError(name, "is not text");
  if (value.length > maxCharacters) {
    throw new InputError(
      name,
      `has ${value.length} characters; at most ${maxCharacters} are accepted`,
    );
  }
  return value;
}
