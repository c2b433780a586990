/** The image inputs of a bundle. */

import type { ImageSpec } from "../../predictor/inputs/image.ts";
import type { InputSpecs } from "../../predictor/inputs/types.ts";
import type { DecodedImage } from "../../predictor/preprocess/poster.ts";

export interface NamedImage {
  readonly name: string;
  readonly spec: ImageSpec;
}

/** The inputs that are images, possibly none. */
export function imageInputs(inputs: InputSpecs): NamedImage[] {
  return Object.entries(inputs).flatMap(([name, spec]) =>
    spec.type === "image" ? [{ name, spec }] : [],
  );
}

/** Pixels of the size that the graph reads, as an item's image. */
export function scaledImage(data: Uint8Array, { height, width }: ImageSpec): DecodedImage {
  return { data, height, width, channels: 3 };
}
