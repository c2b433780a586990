/** Pixels stored in one orientation -> pixels as they are meant to be seen. */

import type { DecodedImage } from "../preprocess/poster.ts";

interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Turn {
  /** Quarter turns anticlockwise, 0..3. */
  readonly quarters: number;
  /** After turning: left and right change places, or top and bottom. */
  readonly mirror?: "sideways" | "upright";
}

/** The size of what has been turned. */
export function turnSize({ width, height }: Size, { quarters }: Turn): Size {
  return quarters % 2 === 0 ? { width, height } : { width: height, height: width };
}

/** @returns The same image if there is nothing to turn. */
export function turnImage(image: DecodedImage, { quarters, mirror }: Turn): DecodedImage {
  if (quarters === 0 && !mirror) return image;
  const { data, channels } = image;
  const { width, height } = turnSize(image, { quarters });
  const out = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const turnedX = mirror === "sideways" ? width - 1 - x : x;
      const turnedY = mirror === "upright" ? height - 1 - y : y;
      const from = source(turnedX, turnedY, image, quarters);
      for (let c = 0; c < channels; c++) {
        out[(y * width + x) * channels + c] = data[from * channels + c]!;
      }
    }
  }
  return { data: out, width, height, channels };
}

/** Index of the stored pixel that quarter turns anticlockwise move to (x, y). */
function source(x: number, y: number, { width, height }: Size, quarters: number): number {
  switch (quarters) {
    case 1:
      return x * width + (width - 1 - y);
    case 2:
      return (height - 1 - y) * width + (width - 1 - x);
    case 3:
      return (height - 1 - x) * width + y;
    default:
      return y * width + x;
  }
}
