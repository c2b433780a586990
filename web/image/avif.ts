/** Decodes AVIF with the decoder that Node uses, as browsers' own decoders differ. Loaded with the first AVIF. */

import createDecoder from "@jsquash/avif/codec/dec/avif_dec.js";
import { flattenOnWhite } from "../../predictor/image/flatten.ts";
import { damaged, type ImageInfo } from "../../predictor/image/inspect.ts";
import { turnImage } from "../../predictor/image/turn.ts";
import type { DecodedImage } from "../../predictor/preprocess/poster.ts";

/**
 * @param info Of the same bytes.
 * @returns 8-bit RGB.
 * @throws InputError if the file is damaged.
 */
export async function decodeAvif(
  bytes: Uint8Array,
  info: ImageInfo,
  field: string,
): Promise<DecodedImage> {
  // A new instance for each image: an instance never frees its memory, and cannot be used after a failure.
  const decoder = await createDecoder({ noInitialRun: true });
  const image = decoder.decode(bytes, 8);
  if (!image || image.width !== info.width || image.height !== info.height) throw damaged(field);
  const { data, width, height } = image;
  return turnImage(flattenOnWhite({ data, width, height, channels: 4 }), info.turn!);
}
