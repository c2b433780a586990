/** What a pretrained ONNX encoder reads, and which of its outputs are features: found by the names that exports give. */

import { listOf } from "../../../predictor/listOf.ts";
import type { BackboneKind } from "../../config/backboneFolder.ts";
import type { Pooling } from "../../config/fields.ts";
import type { DeclaredValue, OnnxFile } from "../../export/onnx/decode.ts";

/** Names of a graph's inputs by what they are fed. */
export interface EncoderInputs {
  /** float32 [n, 3, height, width], or [n, height, width, 3]. */
  readonly pixels?: { readonly name: string; readonly channelsLast: boolean };
  /** Whole numbers [n, tokens]. */
  readonly ids?: string;
  /** Whole numbers [n, tokens], 1 or 0. */
  readonly mask?: string;
  /** Whole numbers [n, tokens], all 0: of which of two texts a token is. */
  readonly types?: string;
}

/** One value per channel that is made of an output. */
export type Pool = "mean" | "max" | "first";

export interface EncoderOutput {
  readonly name: string;
  /** float32 [n, channels], [n, tokens, channels], [n, channels, height, width] or [n, height, width, channels]. */
  readonly rank: 2 | 3 | 4;
  /** Whether the channels come last; only for rank 4. */
  readonly channelsLast: boolean;
  readonly channels: number;
  /** How the output becomes one vector; empty for rank 2, which is one already. */
  readonly pools: readonly Pool[];
}

export interface EncoderSignature {
  readonly inputs: EncoderInputs;
  readonly outputs: readonly EncoderOutput[];
}

/** Thrown with a text that follows the file's name. */
export class SignatureError extends Error {}

/** How the inputs of each kind are called in exports for Transformers.js. */
const ROLES: Readonly<Record<BackboneKind, Readonly<Record<string, keyof EncoderInputs>>>> = {
  pixels: { pixel_values: "pixels" },
  words: { input_ids: "ids", attention_mask: "mask", token_type_ids: "types" },
};

const NOUNS: Readonly<Record<BackboneKind, string>> = { pixels: "images", words: "texts" };

/** Outputs that are made to be features, the best first. */
const OUTPUTS = [
  "sentence_embedding",
  "text_embeds",
  "image_embeds",
  "pooler_output",
  "last_hidden_state",
];

/** @throws SignatureError if an input is not known, has the wrong form, or is missing. */
export function findInputs({ inputs }: OnnxFile, kind: BackboneKind): EncoderInputs {
  const roles = ROLES[kind];
  const found: { -readonly [Role in keyof EncoderInputs]: EncoderInputs[Role] } = {};
  for (const input of inputs) {
    // The only input of a network is what it reads, whatever it is called.
    const alone = inputs.length === 1 ? (kind === "pixels" ? "pixels" : "ids") : undefined;
    const role = Object.hasOwn(roles, input.name) ? roles[input.name] : alone;
    if (role === undefined) {
      throw new SignatureError(
        `has the input "${input.name}"; for ${NOUNS[kind]}, only ${listOf(Object.keys(roles))} can be fed`,
      );
    }
    checkBatch(input);
    if (role === "pixels") found.pixels = { name: input.name, ...pixelsOf(input) };
    else {
      checkType(input, ["int64", "int32"]);
      found[role] = input.name;
    }
  }
  const main = kind === "pixels" ? found.pixels : found.ids;
  if (!main) {
    throw new SignatureError(
      `has no input "${Object.keys(roles)[0]}"; its inputs are ${listOf(inputs.map(({ name }) => name))}`,
    );
  }
  return found;
}

function pixelsOf(input: DeclaredValue): { channelsLast: boolean } {
  checkType(input, ["float32"]);
  const { name, shape } = input;
  if (shape !== undefined && shape.length !== 4) {
    throw new SignatureError(`reads "${name}" of shape [${shape.map(sizeOf)}], not of four axes`);
  }
  return { channelsLast: shape !== undefined && shape[1] !== 3 && shape[3] === 3 };
}

function checkType({ name, dtype }: DeclaredValue, wanted: readonly string[]): void {
  if (dtype !== undefined && wanted.includes(dtype)) return;
  throw new SignatureError(
    `reads "${name}" as ${dtype ?? "another type"}, where ${wanted.join(" or ")} can be fed`,
  );
}

function checkBatch({ name, shape }: DeclaredValue): void {
  const size = shape?.[0];
  if (typeof size !== "number") return;
  throw new SignatureError(
    `takes batches of ${size} only, as its input "${name}" says; export it with a batch of any size (dynamic_axes)`,
  );
}

const sizeOf = (size: number | null) => size ?? "?";

/**
 * @param wanted Names from the options; none: what exports are known to make for it.
 * @throws SignatureError if there is no such value, or none is known.
 */
export function chooseOutputs(
  { outputs, values }: OnnxFile,
  wanted: readonly string[],
): readonly string[] {
  const names = outputs.map(({ name }) => name);
  const missing = wanted.find((name) => !names.includes(name) && !values.includes(name));
  if (missing !== undefined) {
    throw new SignatureError(`has no output "${missing}"; its outputs are ${listOf(names)}`);
  }
  if (wanted.length > 0) return wanted;
  const known = OUTPUTS.find((name) => names.includes(name));
  if (known !== undefined) return [known];
  if (names.length === 1) return names;
  throw new SignatureError(
    `has the outputs ${listOf(names)}, none of which is known; name those that become features`,
  );
}

/** An encoder's output with as many axes as it turned out to have. */
export interface SeenOutput {
  readonly name: string;
  readonly dims: readonly number[];
}

/** @throws SignatureError if an output is not a vector, sequence or map of features. */
export function outputOf(
  { name, dims }: SeenOutput,
  inputs: EncoderInputs,
  pooling: Pooling | undefined,
): EncoderOutput {
  const rank = dims.length;
  const channelsLast = inputs.pixels?.channelsLast ?? true;
  if (rank === 2) return { name, rank, channelsLast, channels: dims[1]!, pools: [] };
  if (rank === 3) {
    return { name, rank, channelsLast, channels: dims[2]!, pools: poolsOf(pooling ?? "mean") };
  }
  if (rank !== 4 || !inputs.pixels) {
    throw new SignatureError(
      `gives "${name}" of shape [${dims}], which is neither vectors nor maps`,
    );
  }
  if (pooling === "first") {
    throw new SignatureError(
      `gives feature maps as "${name}", which have no first place; pool them otherwise`,
    );
  }
  const channels = dims[channelsLast ? 3 : 1]!;
  return { name, rank, channelsLast, channels, pools: poolsOf(pooling ?? "mean-max") };
}

function poolsOf(pooling: Pooling): Pool[] {
  return pooling === "mean-max" ? ["mean", "max"] : [pooling];
}

/** Number of features per item. */
export function featureCount(outputs: readonly EncoderOutput[]): number {
  return outputs.reduce(
    (sum, { channels, pools }) => sum + channels * Math.max(1, pools.length),
    0,
  );
}
