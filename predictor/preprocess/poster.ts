/** Decoded pixels of any size -> the fixed-size poster that the graph reads; the same code in Node and in browsers. */

import { InputError } from "../errors.ts";
import { rowsOf } from "../image/rows.ts";
import { filterArea, isScaled } from "./areaFilter.ts";

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
  /** What the image is scaled to before its centre is cut out; left out, all of it is seen. */
  readonly scaled?: { readonly height: number; readonly width: number } | undefined;
  /** Whether an image of another aspect ratio is stretched instead of cropped. */
  readonly stretched?: boolean | undefined;
}

/** Says how images are made what the graph reads: "224x157", or "224x224 of 256x256, stretched". */
export function sizeName({ height, width, scaled, stretched }: PosterSpec): string {
  const from = scaled ? ` of ${scaled.height}x${scaled.width}` : "";
  return `${height}x${width}${from}${stretched ? ", stretched" : ""}`;
}

/** The part of an image that the model sees, in pixels of the image, which need not be whole numbers. */
export interface Crop {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The centred part of the image that is seen: the largest of the poster's aspect ratio, or less where it is cut. */
export function posterCrop(image: { width: number; height: number }, spec: PosterSpec): Crop {
  const { scaled = spec, stretched } = isScaled(image, spec) ? {} : spec;
  const aspect = stretched ? image.width / image.height : scaled.width / scaled.height;
  const width = Math.min(image.width, image.height * aspect) * (spec.width / scaled.width);
  const height = Math.min(image.height, image.width / aspect) * (spec.height / scaled.height);
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
  if (isScaled(image, spec) && channels === 3) return new Uint8Array(data);
  return filterArea(rowsOf(image), spec);
}
