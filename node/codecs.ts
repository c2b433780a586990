/** The image decoders of this thread, in WebAssembly; each is compiled with the first image of its format. */

import { readFileSync } from "node:fs";
import type { Codecs } from "../predictor/image/decode.ts";
import { LIBRARIES, RowDecoder, type RowFormat } from "../predictor/image/rowDecoder.ts";
import { decodeAvif } from "./avif.ts";

/** The part of the WebAssembly API used here, which TypeScript's libraries for Node do not have. */
declare const WebAssembly: { readonly Module: new (bytes: Uint8Array) => object };

const opened: Partial<Record<RowFormat, RowDecoder>> = {};

function open(format: RowFormat): RowDecoder {
  const known = opened[format];
  if (known) return known;
  const file = `../predictor/image/${LIBRARIES[format].folder}/decoder.wasm`;
  const module = new WebAssembly.Module(readFileSync(new URL(file, import.meta.url)));
  const decoder = new RowDecoder(module);
  opened[format] = decoder;
  return decoder;
}

/** @param avifBytes Memory that the decoder of AVIF may take for an image. */
export function nodeCodecs(avifBytes?: number): Codecs {
  return { open, avif: (file, field) => decodeAvif(file, field, avifBytes) };
}
