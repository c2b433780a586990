/** Text: words, each a token id and those of its character n-grams. */

import * as z from "zod";
import { InputError } from "../errors.ts";
import { issueOf } from "../issues.ts";
import {
  createTitleEncoder,
  PADDING_ID,
  parseTitle,
  readableTitle,
  splitWords,
  type TitleSpec,
  tokenCount,
  UNKNOWN_WORD_ID,
} from "../preprocess/title.ts";
import {
  createTokenize,
  openTokenizer,
  type Tokenize,
  type TokenizerSpec,
  tokenizerSpec,
} from "../preprocess/tokenizer.ts";
import type { Tensor } from "../tensor.ts";
import { isNoValue, isScalar, losesDigits, toText } from "../values.ts";
import { COMMON, type CommonSpec, type FileTexts, type InputType, type Item } from "./inputType.ts";

export interface TextSpec extends TitleSpec, CommonSpec {
  readonly type: "text";
  /** `title`: moved articles ("Net, The") and bracketed alternatives are read, and a year in brackets at the end is not. */
  readonly form: "title" | "plain";
  /** Longer texts are refused, which limits the work per request. */
  readonly maxCharacters: number;
  /** Which occurrences of a word are read, see `readWords`; default: all. */
  readonly repeats?: "doubling" | undefined;
  /** Tokenizer of the pretrained encoder that reads the text as well. */
  readonly tokenizer?: TokenizerSpec | undefined;
}

export interface TextFeatures {
  /** The words that have places, in reading order: the first `maxWords` of `readWords`. */
  readonly words: readonly string[];
  /** int32 [maxWords * piecesPerWord] */
  readonly tokens: Int32Array;
  /** For a pretrained encoder: int32 [at least 1, at most `tokenizer.maxTokens`]. */
  readonly ids?: Int32Array;
}

const positive = z.int().positive();

/**
 * Graph input `NAME_tokens` int32 [n, maxWords, piecesPerWord]; with a pretrained encoder also `NAME_input_ids` and
 * `NAME_attention_mask` int32 [n, tokens], padded to the longest text of a batch.
 */
export const text = {
  spec: z.strictObject({
    type: z.literal("text"),
    ...COMMON,
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
    tokenizer: tokenizerSpec.optional(),
  }),

  files: ({ tokenizer }) => (tokenizer ? [tokenizer.file, tokenizer.config] : []),

  async open({ tokenizer }, files) {
    if (!tokenizer) return undefined;
    const read = {
      tokenizer: parsed(tokenizer.file, files),
      config: parsed(tokenizer.config, files),
    };
    try {
      return createTokenize(await openTokenizer(read), tokenizer);
    } catch (error) {
      throw new Error(
        `${tokenizer.file} cannot be read as a tokenizer: ${(error as Error).message}`,
      );
    }
  },

  encoder(name, spec, opened?: unknown): (item: Item) => TextFeatures {
    const encode = createTitleEncoder(spec);
    const tokenize = opened as Tokenize | undefined;
    return (item) => {
      if (spec.tokenizer && !tokenize) {
        throw new Error(`internal: the tokenizer of "${name}" was not opened`);
      }
      const value = readText(name, spec, item[name]);
      const words = readWords(value, spec).slice(0, spec.maxWords);
      const features = { words, tokens: encode(words) };
      return tokenize ? { ...features, ids: tokenize(readable(value, spec)) } : features;
    };
  },

  absent: ({ maxWords, piecesPerWord, tokenizer }) => ({
    words: [],
    tokens: new Int32Array(maxWords * piecesPerWord),
    ...(tokenizer ? { ids: Int32Array.from(tokenizer.empty) } : {}),
  }),

  // As in the graph: a text of punctuation only has no word.
  isPresent: ({ tokens }) => tokens[0] !== PADDING_ID,

  // The first piece of a word is the word itself.
  unknownShare: ({ words, tokens }, { piecesPerWord }) =>
    words.filter((_, i) => tokens[i * piecesPerWord] === UNKNOWN_WORD_ID).length / words.length,

  tensorNames: (name, { tokenizer }: Pick<TextSpec, "tokenizer">) => [
    `${name}_tokens`,
    ...(tokenizer ? [`${name}_input_ids`, `${name}_attention_mask`] : []),
  ],

  collate(name, { maxWords, piecesPerWord, tokenizer }, rows) {
    const data = new Int32Array(rows.length * maxWords * piecesPerWord);
    for (const [i, { tokens }] of rows.entries()) data.set(tokens, i * maxWords * piecesPerWord);
    return {
      [`${name}_tokens`]: { type: "int32", dims: [rows.length, maxWords, piecesPerWord], data },
      ...(tokenizer ? collateIds(name, tokenizer, rows) : {}),
    };
  },

  length: ({ ids }) => ids?.length ?? 0,

  tableRows: (name, spec) => ({
    [`${name}_tokens`]: tokenCount(spec) + spec.vectorWords.length,
    ...(spec.tokenizer
      ? { [`${name}_input_ids`]: spec.tokenizer.ids, [`${name}_attention_mask`]: 2 }
      : {}),
  }),

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

/** Ids and which of them are there, int32 [n, tokens]. */
function collateIds(
  name: string,
  { padding, fixed }: TokenizerSpec,
  rows: readonly TextFeatures[],
): Readonly<Record<string, Tensor>> {
  const length = fixed ?? rows.reduce((most, { ids }) => Math.max(most, ids!.length), 0);
  const data = new Int32Array(rows.length * length).fill(padding);
  const mask = new Int32Array(rows.length * length);
  for (const [i, { ids }] of rows.entries()) {
    data.set(ids!, i * length);
    mask.fill(1, i * length, i * length + ids!.length);
  }
  const dims = [rows.length, length];
  return {
    [`${name}_input_ids`]: { type: "int32", dims, data },
    [`${name}_attention_mask`]: { type: "int32", dims, data: mask },
  };
}

function parsed(file: string, files: FileTexts): object {
  const text = files[file];
  if (text === undefined) throw new Error(`the bundle's file ${file} was not read`);
  try {
    return JSON.parse(text) as object;
  } catch (error) {
    throw new Error(`${file} is not JSON: ${(error as Error).message}`);
  }
}

/** A title as people write it ("The Net"), which is how encoders know it. */
export function readable(value: string, { form }: Pick<TextSpec, "form">): string {
  return form === "title" ? readableTitle(value) : value;
}

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

/**
 * The text that is given for an input: a number or a truth value as its text.
 *
 * @throws InputError if it is none, has lost digits as a number, or is too long.
 */
function readText(
  name: string,
  spec: Pick<TextSpec, "missing" | "maxCharacters">,
  value: unknown,
): string {
  if (isNoValue(value, spec)) return "";
  if (!isScalar(value)) throw new InputError(name, issueOf("notText"));
  if (losesDigits(value)) throw new InputError(name, issueOf("lostDigits"));
  const text = toText(value);
  const { maxCharacters } = spec;
  if (text.length > maxCharacters) {
    throw new InputError(
      name,
      issueOf("tooManyCharacters", { count: text.length, most: maxCharacters }),
    );
  }
  return text;
}
