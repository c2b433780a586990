/** Decodes image files to raw pixels, with the decoders that the page has. */

import { decodeImage, decodeScaled as decodeScaledWith } from "../predictor/image/decode.ts";
import { inspectImage, MAX_PIXELS } from "../predictor/image/inspect.ts";
import type { DecodedImage, PosterSpec } from "../predictor/preprocess/poster.ts";
import { nodeCodecs } from "./codecs.ts";

export interface ImageLimits {
  /** Most pixels of any image, width times height. */
  readonly pixels: number;
  /** Limits of an AVIF: pixels, and memory in bytes that its decoder may take. */
  readonly avif?: { readonly pixels: number; readonly bytes: number };
}

/**
 * Decodes a JPEG, PNG, WebP, AVIF or GIF (first frame) at full size.
 *
 * @param bytes The encoded file.
 * @param field Named in errors.
 * @param limits Maximum number of pixels, and what an AVIF may take.
 * @returns 8-bit RGB: greyscale and CMYK are converted, transparency is laid on white, and the orientation of a JPEG, PNG
 *   or AVIF is applied.
 * @throws InputError if the bytes are not an image of these formats, are damaged, or exceed `limits`.
 */
export async function decodePoster(
  bytes: Uint8Array,
  field = "poster",
  limits: ImageLimits = { pixels: MAX_PIXELS },
): Promise<DecodedImage> {
  const info = inspectImage(bytes, field, limits.pixels, limits.avif?.pixels);
  return decodeImage(bytes, info, field, nodeCodecs(limits.avif?.bytes));
}

/**
 * `decodePoster` and `resizePoster` at once, which saves time and memory.
 *
 * @param info Result of `inspectImage` for the same bytes, if already known.
 * @returns uint8 [height, width, 3] of `spec`.
 * @throws InputError as `decodePoster` does.
 */
export async function decodeScaled(
  bytes: Uint8Array,
  spec: PosterSpec,
  field: string,
  limits: ImageLimits,
  info = inspectImage(bytes, field, limits.pixels, limits.avif?.pixels),
): Promise<Uint8Array> {
  const codecs = nodeCodecs(limits.avif?.bytes);
  return (await decodeScaledWith(bytes, info, spec, field, codecs)).pixels;
}
