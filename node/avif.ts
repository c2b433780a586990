/** Decodes AVIF with the same decoder as the web page: sharp's and the browsers' own differ by up to half the range. */

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import createDecoder from "@jsquash/avif/codec/dec/avif_dec.js";
import { flattenOnWhite } from "../predictor/image/flatten.ts";
import { damaged, type ImageInfo } from "../predictor/image/inspect.ts";
import { turnImage } from "../predictor/image/turn.ts";
import type { DecodedImage } from "../predictor/preprocess/poster.ts";

const WASM = "@jsquash/avif/codec/dec/avif_dec.wasm";

let wasm: Promise<Uint8Array> | undefined;

/**
 * @param info From `inspectImage`, for the same bytes.
 * @returns 8-bit RGB.
 * @throws InputError if the file is damaged.
 */
export async function decodeAvif(
  bytes: Uint8Array,
  info: ImageInfo,
  field: string,
): Promise<DecodedImage> {
  wasm ??= readFile(createRequire(import.meta.url).resolve(WASM));
  // One instance per image: an instance never releases memory, and a failure would affect later images.
  const decoder = await createDecoder({ noInitialRun: true, wasmBinary: await wasm });
  const image = decoder.decode(bytes, 8);
  if (!image || image.width !== info.width || image.height !== info.height) throw damaged(field);
  const { data, width, height } = image;
  return turnImage(flattenOnWhite({ data, width, height, channels: 4 }), info.turn!);
}
