/** The tokenizer of a text's pretrained encoder, and its files for the bundle. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../../predictor/errors.ts";
import {
  createTokenize,
  openTokenizer,
  type Tokenize,
  type TokenizerSpec,
} from "../../predictor/preprocess/tokenizer.ts";
import { findBackbone, readJsonFile, readTextFile } from "../config/backboneFolder.ts";
import { readOnnx } from "../export/onnx/decode.ts";

export interface FittedTokenizer {
  readonly spec: TokenizerSpec;
  /** Contents by the names in the bundle. */
  readonly files: Readonly<Record<string, string>>;
  readonly tokenize: Tokenize;
}

/** Tokenizers without a limit say so by a number like 1e30. */
const LARGEST_LIMIT = 100_000;
/** Most tokens of a text where no file says it. */
const DEFAULT_LIMIT = 512;

/**
 * @param name Of the input, or of the group whose texts share the encoder.
 * @throws InputError if files are missing or make no tokenizer.
 */
export async function fitTokenizer(name: string, backbone: string): Promise<FittedTokenizer> {
  const field = `${name}.backbone`;
  const { folder, graph } = findBackbone(backbone, "words", field);
  const tokenizer = readJsonFile(folder, TOKENIZER, field) as TokenizerJson;
  const config = existsSync(join(folder, CONFIG))
    ? (readJsonFile(folder, CONFIG, field) as TokenizerConfig)
    : {};
  const opened = await openTokenizer({ tokenizer, config }).catch((error: Error) => {
    throw new InputError(
      field,
      `${join(folder, TOKENIZER)} cannot be read as a tokenizer (${error.message})`,
    );
  });
  const padding = paddingOf(tokenizer, config, opened.idOf);
  const marks = opened.encode("");
  const fixed = fixedLength(graph, field);
  const spec: TokenizerSpec = {
    file: `${name}_${TOKENIZER}`,
    config: `${name}_${CONFIG}`,
    maxTokens: fixed ?? limitOf(tokenizer, config, folder, field),
    ids: opened.ids,
    padding,
    empty: marks.length > 0 ? marks : [padding],
    ...(fixed === undefined ? {} : { fixed }),
  };
  let tokenize: Tokenize;
  try {
    tokenize = createTokenize(opened, spec);
  } catch (error) {
    throw new InputError(field, `${folder}: ${(error as Error).message}`);
  }
  const files = {
    [spec.file]: readTextFile(folder, TOKENIZER, field),
    [spec.config]: JSON.stringify(config),
  };
  return { spec, files, tokenize };
}

const TOKENIZER = "tokenizer.json";
const CONFIG = "tokenizer_config.json";

interface TokenizerJson {
  readonly truncation?: { readonly max_length?: number } | null;
  readonly padding?: { readonly pad_id?: number } | null;
}

interface TokenizerConfig {
  readonly model_max_length?: number;
  readonly pad_token?: string | { readonly content: string } | null;
}

function paddingOf(
  { padding }: TokenizerJson,
  { pad_token }: TokenizerConfig,
  idOf: (token: string) => number | undefined,
): number {
  const token = typeof pad_token === "object" ? pad_token?.content : pad_token;
  return padding?.pad_id ?? (token === undefined ? undefined : idOf(token)) ?? 0;
}

/** The smallest of the limits that files give: the tokenizer's own, and the places that the encoder knows. */
function limitOf(
  { truncation }: TokenizerJson,
  { model_max_length }: TokenizerConfig,
  folder: string,
  field: string,
): number {
  const model = existsSync(join(folder, "config.json"))
    ? (readJsonFile(folder, "config.json", field) as { max_position_embeddings?: number })
    : {};
  const limits = [truncation?.max_length, model_max_length, model.max_position_embeddings].filter(
    (limit) => limit !== undefined && limit > 0 && limit <= LARGEST_LIMIT,
  ) as number[];
  return limits.length > 0 ? Math.min(...limits) : DEFAULT_LIMIT;
}

/** The one number of tokens that the graph takes, where it is fixed. */
function fixedLength(graph: string, field: string): number | undefined {
  try {
    const ids = readOnnx(readFileSync(graph)).inputs.find(({ name }) => name === "input_ids");
    return ids?.shape?.[1] ?? undefined;
  } catch (error) {
    throw new InputError(field, `${graph}: ${(error as Error).message}`);
  }
}
