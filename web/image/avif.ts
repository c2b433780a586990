/** AVIF by the decoder that Node uses. Loaded with the first AVIF. */

import createDecoder from "@jsquash/avif/codec/dec/avif_dec.js";
import type { DecodedImage } from "../../predictor/preprocess/poster.ts";

/** @returns RGBA as stored, without rotation and mirroring; undefined if the file is damaged. */
export async function decodeAvif(file: Uint8Array): Promise<DecodedImage | undefined> {
  // A new instance for each image: an instance never frees its memory, and cannot be used after a failure.
  const decoder = await createDecoder({ noInitialRun: true });
  const image = decoder.decode(file as Uint8Array<ArrayBuffer>, 8);
  return image ? { ...pick(image), channels: 4 } : undefined;
}

const pick = ({ data, width, height }: ImageData) => ({ data, width, height });
