/** Messages to a worker thread and back: an item to predict, and its answer. */

import type { Answer, AnswerOptions } from "../../predictor/answerTypes.ts";
import type { Item } from "../../predictor/inputs/inputType.ts";
import type { Issue } from "../../predictor/issues.ts";
import type { Observation } from "../../predictor/profile.ts";

export interface PredictJob extends AnswerOptions {
  /**
   * Values by the inputs' names. An image is a JPEG, PNG, WebP, AVIF or GIF file as a Uint8Array; or a DecodedImage, for
   * instance one that was decoded before.
   */
  readonly item: Item;
  /** Further values of the item, as `serialize` of node:v8 packs them: only the thread that predicts unpacks them. */
  readonly packed?: Uint8Array | undefined;
  readonly explain?: boolean | undefined;
}

/** By the names of image inputs: uint8 [height, width, 3] of the size that the graph reads. */
export type PixelsByInput = Readonly<Record<string, Uint8Array>>;

/** A file that another thread must decode. */
export interface LargeImage {
  /** Name of the input. */
  readonly name: string;
  readonly pixels: number;
  /** Decoded by WebAssembly, which takes long and can be stopped at any time. */
  readonly isAvif: boolean;
}

/** Errors lose their class between threads: what is wrong with the item is a result, too. */
export interface PredictResult {
  readonly answer?: Answer;
  readonly issue?: { readonly field: string; readonly issue: string | Issue };
  /** Scaled pixels of the files that were decoded. */
  readonly pixels?: PixelsByInput;
  /** How long decoding each of them took. */
  readonly decodeSeconds?: readonly number[];
  /** What is counted of the item, where the model watches for drift. */
  readonly observation?: Observation;
  /** No answer yet: these images' files are so large that they must be decoded elsewhere, and sent again as pixels. */
  readonly large?: readonly LargeImage[];
}
