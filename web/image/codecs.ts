/** The image decoders of this worker, in WebAssembly; each is downloaded with the first image of its format. */

import type { Codecs } from "../../predictor/image/decode.ts";
import { RowDecoder, type RowFormat } from "../../predictor/image/rowDecoder.ts";
import { downloadCopy } from "../download/copies.ts";
import { loadLater } from "../loadLater.ts";
import { Trouble } from "../troubles.ts";

// Written out, because Vite looks for addresses of this form.
const URLS: Readonly<Record<RowFormat, URL>> = {
  jpeg: new URL("../../predictor/image/libjpeg/decoder.wasm", import.meta.url),
  png: new URL("../../predictor/image/libpng/decoder.wasm", import.meta.url),
  webp: new URL("../../predictor/image/libwebp/decoder.wasm", import.meta.url),
};

const opened = new Map<RowFormat, ReturnType<typeof load>>();

export const codecs: Codecs = {
  open(format) {
    const known = opened.get(format);
    if (known) return known;
    const opening = load(format);
    opened.set(format, opening);
    // The network may be back for the next image.
    opening.catch(() => opened.delete(format));
    return opening;
  },

  async avif(file) {
    const { decodeAvif } = await loadLater(import("./avif.ts"));
    return decodeAvif(file);
  },
};

async function load(format: RowFormat): Promise<Pick<RowDecoder, "open">> {
  const bytes = await loadLater(download(URLS[format]));
  try {
    const decoder = new RowDecoder(await WebAssembly.compile(bytes));
    return {
      open(file, width, height) {
        const rows = decoder.open(file, width, height);
        release(file.buffer);
        return rows;
      },
    };
  } catch (error) {
    if (!(error instanceof WebAssembly.CompileError)) throw error;
    throw new Trouble("noSimd", { format: format.toUpperCase() });
  }
}

/**
 * Frees a file's memory, which the decoder has copied: the garbage collector would come long after the image is decoded.
 * Browsers before 2024 lack the call.
 */
function release(buffer: ArrayBufferLike): void {
  (buffer as { transfer?(length: number): void }).transfer?.(0);
}

async function download(url: URL): Promise<BufferSource> {
  const copy = await downloadCopy(url.href);
  if (copy) return copy;
  const response = await fetch(url);
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.arrayBuffer();
}
