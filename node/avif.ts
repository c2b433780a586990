/** Decodes AVIF with the same decoder as the web page: sharp's and the browsers' own differ by up to half the range. */

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import createDecoder, { type AVIFModule } from "@jsquash/avif/codec/dec/avif_dec.js";
import { InputError } from "../predictor/errors.ts";
import type { DecodedImage } from "../predictor/preprocess/poster.ts";
import { loadOnce } from "./loadOnce.ts";

const WASM = "@jsquash/avif/codec/dec/avif_dec.wasm";
/** An instance never releases memory; one that took more is not kept for the next image. */
const KEPT_BYTES = 128_000_000;
const PAGE_BYTES = 1 << 16;

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** The part of the WebAssembly API used here, which TypeScript's libraries for Node do not have. */
declare const WebAssembly: {
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
  readonly Memory: new () => Memory;
  readonly RuntimeError: new () => Error;
  compile(bytes: Uint8Array): Promise<object>;
};

interface Decoder {
  readonly module: AVIFModule;
  readonly memory: Memory;
  /** Bytes that it may take. */
  limit: number;
  /** Whether it would have taken more. */
  ranOut: boolean;
}

const compiled = loadOnce(async () =>
  WebAssembly.compile(await readFile(createRequire(import.meta.url).resolve(WASM))),
);
let kept: Decoder | undefined;

/**
 * @param maxBytes Memory that the decoder may take, beside the pixels it gives: what a file says of its size may be less
 *   than what is in it.
 * @returns RGBA as stored, without rotation and mirroring; undefined if the file is damaged.
 * @throws InputError if it takes more memory.
 */
export async function decodeAvif(
  bytes: Uint8Array,
  field: string,
  maxBytes = Number.POSITIVE_INFINITY,
): Promise<DecodedImage | undefined> {
  const last = kept;
  // A failure would affect later images, and so would another image that begins meanwhile.
  kept = undefined;
  const decoder = last ?? (await openDecoder());
  Object.assign(decoder, { limit: maxBytes, ranOut: false });
  const image = tryDecode(decoder, bytes);
  if (!image) {
    // What an instance holds of earlier images may have left too little room.
    if (last) return decodeAvif(bytes, field, maxBytes);
    if (!decoder.ranOut) return undefined;
    const most = Math.round(maxBytes / 1_000_000);
    throw new InputError(
      field,
      `cannot be decoded as an image (it takes more than ${most} MB of memory)`,
    );
  }
  if (decoder.memory.buffer.byteLength <= KEPT_BYTES) kept = decoder;
  const { data, width, height } = image;
  return { data, width, height, channels: 4 };
}

function tryDecode({ module }: Decoder, bytes: Uint8Array) {
  try {
    return module.decode(bytes as Uint8Array<ArrayBuffer>, 8);
  } catch (error) {
    // The decoder aborts where it does not expect what it finds.
    if (error instanceof WebAssembly.RuntimeError) return null;
    throw error;
  }
}

async function openDecoder(): Promise<Decoder> {
  const wasm = await compiled();
  const limits = { limit: Number.POSITIVE_INFINITY, ranOut: false };
  let memory: Memory | undefined;
  const module = await createDecoder({
    noInitialRun: true,
    // It would say "Aborted()" on the console.
    printErr: () => {},
    instantiateWasm(imports: object, receive: (instance: object) => void) {
      const instance = new WebAssembly.Instance(wasm, imports);
      memory = Object.values(instance.exports).find((each) => each instanceof WebAssembly.Memory);
      receive(instance);
      return instance.exports;
    },
  });
  const decoder = Object.assign(limits, { module, memory: memory! });
  limitGrowth(decoder);
  return decoder;
}

/** The decoder grows its memory by this method alone, and takes an exception for "there is no more". */
function limitGrowth(decoder: Decoder): void {
  const { memory } = decoder;
  const grow = memory.grow.bind(memory);
  memory.grow = (pages) => {
    if (memory.buffer.byteLength + pages * PAGE_BYTES > decoder.limit) {
      decoder.ranOut = true;
      throw new RangeError("the decoder may take no more memory");
    }
    return grow(pages);
  };
}
