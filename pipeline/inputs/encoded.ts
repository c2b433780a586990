/** The types of inputs that pretrained encoders read, and what of them: here alone they are named. */

import type { ImageSpec } from "../../predictor/inputs/image.ts";
import type { TextSpec } from "../../predictor/inputs/text.ts";
import type { PosterSpec } from "../../predictor/preprocess/poster.ts";
import type { BackboneKind } from "../config/backboneFolder.ts";

/** What an encoder is given. */
export type EncodedSpec = ImageSpec | Pick<TextSpec, "type" | "tokenizer">;

interface Typed {
  readonly type: string;
}

export function isImage<Input extends Typed>(
  input: Input,
): input is Extract<Input, { readonly type: "image" }> {
  return input.type === "image";
}

export function isText<Input extends Typed>(
  input: Input,
): input is Extract<Input, { readonly type: "text" }> {
  return input.type === "text";
}

export function encodedKind(spec: EncodedSpec): BackboneKind {
  return isImage(spec) ? "pixels" : "words";
}

export function specOfImages(size: PosterSpec) {
  return { type: "image", ...size } as const;
}

export function specOfTexts(tokenizer: TextSpec["tokenizer"]) {
  return { type: "text", tokenizer } as const;
}
