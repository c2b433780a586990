/**
 * Image files -> pixels, by the same decoders in Node and in browsers: no browser's own decoder, colour management or canvas
 * has a part in it, so that every runtime gets the same bytes.
 */

import { InputError } from "../errors.ts";
import { describeIssue, issueOf } from "../issues.ts";
import { filterAreaInSteps } from "../preprocess/areaFilter.ts";
import type { DecodedImage, PosterSpec } from "../preprocess/poster.ts";
import { flattenOnWhite } from "./flatten.ts";
import { decodeGif } from "./gif.ts";
import { damaged, type ImageFormat, type ImageInfo, refusal } from "./inspect.ts";
import { preview } from "./preview.ts";
import { DecodeError, type RowDecoder, type RowFormat } from "./rowDecoder.ts";
import { type Rows, rowsOf } from "./rows.ts";
import { type Turn, turnImage, turnSize } from "./turn.ts";

/** `open` has read the whole file when it returns. */
type Opener = Pick<RowDecoder, "open">;

/** What a host brings: the compiled decoders, which are too large to be loaded before they are needed. */
export interface Codecs {
  /** @throws Error for the user if the decoder cannot be loaded. */
  open(format: RowFormat): Opener | Promise<Opener>;
  /**
   * libavif.
   *
   * @returns RGBA, not turned; undefined if the file is damaged.
   * @throws InputError if the file takes more memory than it may.
   */
  avif(file: Uint8Array, field: string): Promise<DecodedImage | undefined>;
}

/** The reason of an `InputError` for a lack of memory, which may be temporary. */
export const NO_MEMORY = describeIssue(issueOf("noMemory"));

type Open = (file: Uint8Array, info: ImageInfo, codecs: Codecs, field: string) => Promise<Rows>;

const byLibrary: Open = async (file, { format, width, height }, codecs) =>
  (await codecs.open(format as RowFormat)).open(file, width, height);

const FORMATS: Readonly<Record<ImageFormat, Open>> = {
  jpeg: byLibrary,
  png: byLibrary,
  webp: byLibrary,
  async gif(file, { width, height }) {
    const data = decodeGif(new DataView(file.buffer, file.byteOffset, file.byteLength));
    return rowsOf({ data, width, height, channels: 4 });
  },
  async avif(file, { width, height }, codecs, field) {
    const image = await codecs.avif(file, field);
    if (image?.width !== width || image.height !== height) throw new DecodeError("damaged");
    return rowsOf(image);
  },
};

/**
 * Decodes an image at full size.
 *
 * @param info From `inspectImage`, for the same bytes.
 * @param field Named in errors.
 * @returns 8-bit RGB: greyscale and CMYK are converted, transparency is laid on white, and the orientation of a JPEG, PNG or
 *   AVIF is applied.
 * @throws InputError if the file is damaged or takes too much memory; what `codecs` throws.
 */
export function decodeImage(
  file: Uint8Array,
  info: ImageInfo,
  field: string,
  codecs: Codecs,
): Promise<DecodedImage> {
  return decode(file, info, field, codecs, (rows) => {
    const { width, height } = rows;
    const data = new Uint8Array(width * height * 3);
    let at = 0;
    for (let some = rows.next(); some.length > 0; some = rows.next()) {
      data.set(some, at);
      at += some.length;
    }
    return turnImage({ data, width, height, channels: 3 }, info.turn ?? UPRIGHT);
  });
}

/** An image as the graph reads it. */
export interface ScaledImage {
  /** uint8 [height, width, 3] of the spec. */
  readonly pixels: Uint8Array;
  /** Size of the image as it is seen, before it was scaled. */
  readonly width: number;
  readonly height: number;
  /** The whole image, small, in RGB; where it was asked for. */
  readonly picture?: DecodedImage;
}

export interface ScaleOptions {
  /** Longest side in pixels of the picture that is asked for. */
  readonly picture?: number;
  /** Called with the share of the image that is decoded, 0 to 1, and awaited: others may work between two calls. */
  readonly onProgress?: (share: number) => Promise<void> | undefined;
}

/**
 * `decodeImage` and `resizePoster` at once, to the same pixels. Of JPEG and PNG, only a few rows are in memory at a time.
 *
 * @throws InputError as `decodeImage` does.
 */
export function decodeScaled(
  file: Uint8Array,
  info: ImageInfo,
  spec: PosterSpec,
  field: string,
  codecs: Codecs,
  options: ScaleOptions = {},
): Promise<ScaledImage> {
  return decode(file, info, field, codecs, async (rows) => {
    const turn = info.turn ?? UPRIGHT;
    // The filter is exact, so the result may be turned in place of the image.
    const size = turnSize(spec, turn);
    const stored = {
      ...size,
      ...(spec.scaled && { scaled: turnSize(spec.scaled, turn) }),
      stretched: spec.stretched,
    };
    const passing = options.picture === undefined ? undefined : preview(rows, options.picture);
    const steps = filterAreaInSteps(passing?.rows ?? rows, stored);
    let step = steps.next();
    for (; !step.done; step = steps.next()) {
      await options.onProgress?.(step.value);
    }
    const { data: pixels } = turnImage({ data: step.value, ...size, channels: 3 }, turn);
    return {
      pixels: pixels as Uint8Array,
      ...turnSize(rows, turn),
      ...(passing && { picture: turnImage(passing.picture(), turn) }),
    };
  });
}

const UPRIGHT: Turn = { quarters: 0 };

async function decode<T>(
  file: Uint8Array,
  info: ImageInfo,
  field: string,
  codecs: Codecs,
  use: (rows: Rows) => T | Promise<T>,
): Promise<T> {
  try {
    return await use(onWhite(await FORMATS[info.format](file, info, codecs, field)));
  } catch (error) {
    if (error instanceof InputError || !(error instanceof DecodeError)) throw error;
    throw error.reason === "memory" ? refusal(field, issueOf("noMemory")) : damaged(field);
  }
}

/** Rows without transparency. */
function onWhite(rows: Rows): Rows {
  const { width, channels } = rows;
  if (channels === 3) return rows;
  return {
    ...rows,
    channels: 3,
    next() {
      const data = rows.next();
      const height = data.length / (width * channels);
      return flattenOnWhite({ data, width, height, channels }, data).data as Uint8Array;
    },
  };
}
