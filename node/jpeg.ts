/** The JPEG decoder of this process: libjpeg-turbo in WebAssembly. */

import { readFileSync } from "node:fs";
import { JpegDecoder } from "../predictor/image/jpegDecoder.ts";

/** The part of the WebAssembly API used here, which TypeScript's libraries for Node do not have. */
declare const WebAssembly: { readonly Module: new (bytes: Uint8Array) => object };

let decoder: JpegDecoder | undefined;

/** The decoder of this thread, opened with its first JPEG, in about 10 ms. */
export function jpegDecoder(): JpegDecoder {
  if (!decoder) {
    const file = new URL("../predictor/image/libjpeg/decoder.wasm", import.meta.url);
    decoder = new JpegDecoder(new WebAssembly.Module(readFileSync(file)));
  }
  return decoder;
}
