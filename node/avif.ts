/** AVIF by the very decoder that browsers are given too: sharp's, and browsers' own, differ by up to half the range. */

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
 * @param info Of the same bytes.
 * @returns 8-bit RGB.
 * @throws InputError if the file is damaged.
 */
export async function decodeAvif(
  bytes: Uint8Array,
  info: ImageInfo,
  field: string,
): Promise<DecodedImage> {
  wasm ??= readFile(createRequire(import.meta.url).resolve(WASM));
  // An instance for each image: memory that it took is never given back, and a failure would outlast its image.
  const decoder = await createDecoder({ noInitialRun: true, wasmBinary: await wasm });
  const image = decoder.decode(bytes, 8);
  if (!image || image.width !== info.width || image.height !== info.height) throw damaged(field);
  const { data, width, height } = image;
  return turnImage(flattenOnWhite({ data, width, height, channels: 4 }), info.turn!);
}
