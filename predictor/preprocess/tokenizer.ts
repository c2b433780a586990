/** Texts as the token ids that a pretrained encoder was trained on, by Hugging Face's tokenizers. */

import * as z from "zod";

/** Which files of a bundle hold a tokenizer, and what is known of it without them. */
export interface TokenizerSpec {
  /** `tokenizer.json`, under the name that it has in the bundle. */
  readonly file: string;
  /** `tokenizer_config.json`. */
  readonly config: string;
  /** Most tokens of a text, those that mark its beginning and end included; the words in between are cut. */
  readonly maxTokens: number;
  /** Number of ids. */
  readonly ids: number;
  /** The id that fills a batch; the graph does not look at it. */
  readonly padding: number;
  /** Ids of the text without a word. */
  readonly empty: readonly number[];
  /** The one number of tokens that the encoder takes; left out, it takes any. */
  readonly fixed?: number | undefined;
}

const count = z.int().nonnegative();

export const tokenizerSpec: z.ZodType<TokenizerSpec> = z.strictObject({
  file: z.string(),
  config: z.string(),
  maxTokens: z.int().positive(),
  ids: z.int().positive(),
  padding: count,
  empty: z.array(count).min(1),
  fixed: z.int().positive().optional(),
});

/** @returns Ids of a text, at most `maxTokens`. */
export type Tokenize = (text: string) => Int32Array;

/** The files' contents, parsed. */
export interface TokenizerFiles {
  readonly tokenizer: object;
  readonly config: object;
}

/** What an encoding is asked for besides the text. */
export interface Tokenizer {
  /** Ids of a text of any length. */
  encode(text: string): number[];
  /** The same without the tokens that mark beginning and end. */
  encodeBare(text: string): number[];
  /** Id of a token that is given as text; undefined where the tokenizer does not have it. */
  idOf(token: string): number | undefined;
  /** Number of ids. */
  readonly ids: number;
}

/**
 * The library is loaded when the first tokenizer is, because most models have none.
 *
 * @throws Error if the files do not make a tokenizer.
 */
export async function openTokenizer({ tokenizer, config }: TokenizerFiles): Promise<Tokenizer> {
  const library = await import("@huggingface/tokenizers");
  const made = new library.Tokenizer(tokenizer, config);
  return {
    encode: (text) => made.encode(text).ids,
    encodeBare: (text) => made.encode(text, { add_special_tokens: false }).ids,
    idOf: (token) => made.token_to_id(token),
    ids: 1 + [...made.get_vocab(true).values()].reduce((most, id) => Math.max(most, id), 0),
  };
}

/**
 * Cuts long texts as Transformers does: the tokens that mark beginning and end stay, the last ones in between go.
 *
 * @throws Error if the marks alone are more than `maxTokens`.
 */
export function createTokenize(
  tokenizer: Tokenizer,
  { maxTokens, empty }: Pick<TokenizerSpec, "maxTokens" | "empty">,
): Tokenize {
  const last = marksAtEnd(tokenizer);
  if (last >= maxTokens) throw new Error(`texts of ${maxTokens} tokens have no room for a word`);
  return (text) => {
    const ids = tokenizer.encode(text);
    if (ids.length === 0) return Int32Array.from(empty);
    if (ids.length <= maxTokens) return Int32Array.from(ids);
    return Int32Array.from([...ids.slice(0, maxTokens - last), ...ids.slice(ids.length - last)]);
  };
}

/** Number of tokens that mark the end of every text. */
function marksAtEnd(tokenizer: Tokenizer): number {
  const bare = tokenizer.encodeBare("a");
  const whole = tokenizer.encode("a");
  const most = whole.length - bare.length;
  // The text's own tokens begin where they fit first.
  for (let start = 0; start <= most; start++) {
    if (bare.every((id, i) => id === whole[start + i])) return most - start;
  }
  return 0;
}
