/** The thread that decodes large posters: file -> the pixels that the graph reads. */

import { move } from "piscina";
import { decodePoster } from "../../node/poster.ts";
import { InputError } from "../../predictor/errors.ts";
import { type PosterSpec, resizePoster } from "../../predictor/preprocess/poster.ts";
import { setUpDecodingThread } from "./decodingThread.ts";

export interface PosterTask {
  readonly file: Uint8Array;
  readonly spec: PosterSpec;
  readonly maxPixels: number;
}

/** Pixels, uint8 [height, width, 3], or what is wrong with the file: errors lose their class between threads. */
export type PosterResult = Uint8Array | { readonly detail: string };

setUpDecodingThread();

export default async function decode({ file, spec, maxPixels }: PosterTask): Promise<PosterResult> {
  try {
    const pixels = resizePoster(await decodePoster(file, "poster", maxPixels), spec);
    return move(pixels as Uint8Array<ArrayBuffer>) as unknown as Uint8Array;
  } catch (error) {
    if (error instanceof InputError) return { detail: error.detail };
    throw error;
  }
}
