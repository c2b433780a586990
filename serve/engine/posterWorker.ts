/** The decoding thread: image file -> the pixels that the graph reads. */

import { move } from "piscina";
import sharp from "sharp";
import { decodePoster } from "../../node/poster.ts";
import { InputError } from "../../predictor/errors.ts";
import { type PosterSpec, resizePoster } from "../../predictor/preprocess/poster.ts";
import { giveWay } from "./priority.ts";

export interface PosterTask {
  readonly bytes: Uint8Array;
  readonly spec: PosterSpec;
  readonly maxPixels: number;
}

giveWay();
// Threads are ours to count; libvips would start some of its own in each.
sharp.concurrency(1);
// Every poster is another file, and what was decoded is kept by the caller.
sharp.cache(false);

/** @returns uint8 [height, width, 3], or what is wrong with the file: errors lose their kind between threads. */
export default async function decode({
  bytes,
  spec,
  maxPixels,
}: PosterTask): Promise<Uint8Array | { fault: string }> {
  try {
    const pixels = resizePoster(await decodePoster(bytes, "poster", maxPixels), spec);
    return move(pixels as Uint8Array<ArrayBuffer>) as unknown as Uint8Array;
  } catch (error) {
    if (error instanceof InputError) return { fault: error.detail };
    throw error;
  }
}
