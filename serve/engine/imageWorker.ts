/** The thread that decodes large images: file -> the pixels that the graph reads. */

import { move } from "piscina";
import { decodeScaled, type ImageLimits } from "../../node/poster.ts";
import { InputError } from "../../predictor/errors.ts";
import type { Issue } from "../../predictor/issues.ts";
import { setUpDecodingThread } from "./decodingThread.ts";
import type { NamedImage } from "./images.ts";

export interface ImageTask extends NamedImage {
  readonly file: Uint8Array;
  readonly imageLimits: ImageLimits;
}

/** Pixels, uint8 [height, width, 3], or what is wrong with the file: errors lose their class between threads. */
export type ImageResult = Uint8Array | { readonly issue: string | Issue };

setUpDecodingThread();

export default async function decode(task: ImageTask): Promise<ImageResult> {
  const { file, name, spec, imageLimits } = task;
  try {
    const pixels = await decodeScaled(file, spec, name, imageLimits);
    return move(pixels as Uint8Array<ArrayBuffer>) as unknown as Uint8Array;
  } catch (error) {
    if (error instanceof InputError) return { issue: error.issue ?? error.detail };
    throw error;
  }
}
