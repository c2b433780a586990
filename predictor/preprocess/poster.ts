/** Decoded pixels of any size -> the fixed-size poster that the graph reads; the same code in Node and in browsers. */

import { InputError } from "../errors.ts";
import { rowsOf } from "../image/rows.ts";
import { filterArea } from "./areaFilter.ts";

/** An image as decoders give it: 8-bit RGB or RGBA, row by row from the top left, no padding. */
export interface DecodedImage {
  readonly data: Uint8Array | Uint8ClampedArray;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** 3 = RGB, 4 = RGBA (alpha is ignored). */
  readonly channels: 3 | 4;
}

export interface PosterSpec {
  /** Pixels of the graph's `poster` input. */
  readonly height: number;
  readonly width: number;
}

/** The part of an image that the model sees, in pixels of the image, which need not be whole numbers. */
export interface Crop {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The largest centred part of the image that has the poster's aspect ratio. */
export function posterCrop(image: { width: number; height: number }, spec: PosterSpec): Crop {
  const aspect = spec.width / spec.height;
  const width = Math.min(image.width, image.height * aspect);
  const height = Math.min(image.height, image.width / aspect);
  return { left: (image.width - width) / 2, top: (image.height - height) / 2, width, height };
}

/**
 * Crops to the poster's aspect ratio and scales by an area (box) filter: each output pixel is the mean of the input area that
 * it covers. All weights and sums are whole numbers, so the result is exact, in whatever order an engine adds, where native
 * resizers differ by up to 220 of 255 between runtimes.
 *
 * @param name Of the input, for errors.
 * @returns uint8 [height, width, 3], values 0..255, halves rounded up.
 * @throws InputError if the pixel buffer does not fit the image's size.
 */
export function resizePoster(image: DecodedImage, spec: PosterSpec, name = "poster"): Uint8Array {
  const { data, width, height, channels } = image;
  if (width < 1 || height < 1 || data.length !== width * height * channels) {
    throw new InputError(
      name,
      `${data.length} bytes do not make an image of ${width} x ${height} with ${channels} channels`,
    );
  }
  // Already of the right size: the filter would not change a pixel.
  if (width === spec.width && height === spec.height && channels === 3) return new Uint8Array(data);
  return filterArea(rowsOf(image), spec);
}
