/** Decodes image files to raw pixels, with decoders and settings that give the same bytes in Node and in browsers. */

import sharp, { type Sharp } from "sharp";
import { InputError } from "../predictor/errors.ts";
import { flattenOnWhite } from "../predictor/image/flatten.ts";
import { damaged, type ImageInfo, inspectImage, MAX_PIXELS } from "../predictor/image/inspect.ts";
import {
  type DecodedImage,
  type PosterSpec,
  resizePoster,
} from "../predictor/preprocess/poster.ts";
import { decodeAvif } from "./avif.ts";
import { jpegDecoder } from "./jpeg.ts";

/** Error messages of libvips and its codecs for temporary failures; the same image may decode the next time. */
export const IN_TROUBLE =
  /(?:out of|insufficient|not enough) memory|memory allocation|(?:cannot|unable to|failed to) (?:allocate|create thread)|no space left|too many open files/i;

export interface ImageLimits {
  /** Of any image, width times height. */
  readonly pixels: number;
  /** Of an AVIF: pixels, and memory in bytes that its decoder may take. */
  readonly avif?: { readonly pixels: number; readonly bytes: number };
}

/**
 * Decodes a JPEG, PNG, WebP, AVIF or GIF (first frame) at full size.
 *
 * @param bytes The encoded file.
 * @param field Named in errors.
 * @param limits Maximum number of pixels, and what an AVIF may take.
 * @param info Result of `inspectImage` for the same bytes, if already known.
 * @returns 8-bit RGB: greyscale and CMYK are converted, transparency is flattened on white, and the orientation of a JPEG,
 *   PNG or AVIF is applied.
 * @throws InputError if the bytes are not an image of these formats, are damaged, or exceed `limits`.
 */
export async function decodePoster(
  bytes: Uint8Array,
  field = "poster",
  limits: ImageLimits = { pixels: MAX_PIXELS },
  info = inspectImage(bytes, field, limits.pixels, limits.avif?.pixels),
): Promise<DecodedImage> {
  const ordinary = decodeOrdinary(bytes, info);
  if (ordinary) return { ...ordinary, data: ordinary.data.slice() };
  return decodeOther(bytes, field, limits, info);
}

/**
 * `decodePoster`, then `resizePoster`. The pixels of an ordinary JPEG are scaled where the decoder left them, which saves a
 * tenth of the time.
 *
 * @returns uint8 [height, width, 3] of `spec`.
 * @throws InputError as `decodePoster` does.
 */
export async function decodeScaled(
  bytes: Uint8Array,
  spec: PosterSpec,
  field: string,
  limits: ImageLimits,
  info = inspectImage(bytes, field, limits.pixels, limits.avif?.pixels),
): Promise<Uint8Array> {
  const image = decodeOrdinary(bytes, info) ?? (await decodeOther(bytes, field, limits, info));
  return resizePoster(image, spec, field);
}

/** A JPEG without Exif, inks and the like, unless it is damaged. The next one overwrites the pixels. */
function decodeOrdinary(bytes: Uint8Array, info: ImageInfo): DecodedImage | undefined {
  if (!info.ordinary) return undefined;
  const { width, height } = info;
  const data = jpegDecoder().decode(bytes, width, height);
  return data && { data, width, height, channels: 3 };
}

async function decodeOther(
  bytes: Uint8Array,
  field: string,
  limits: ImageLimits,
  info: ImageInfo,
): Promise<DecodedImage> {
  const { format } = info;
  if (format === "avif") return decodeAvif(bytes, info, field, limits.avif?.bytes);
  // ICC profiles, native resizing and EXIF in WebP are not used, because they differ between runtimes.
  const image = sharp(bytes, {
    ignoreIcc: true,
    autoOrient: format !== "webp",
    failOn: "error",
    limitInputPixels: limits.pixels,
  });
  try {
    return info.cmyk ? await decodeInks(image) : await decodeColours(image);
  } catch (error) {
    const reason = (error as Error).message.split("\n")[0]!;
    if (!IN_TROUBLE.test(reason)) throw damaged(field);
    throw new InputError(field, `cannot be decoded as an image (${reason})`);
  }
}

async function decodeColours(image: Sharp): Promise<DecodedImage> {
  const { data, info } = await image
    .toColourspace("srgb")
    .raw()
    .toBuffer({ resolveWithObject: true });
  return flattenOnWhite({
    data,
    width: info.width,
    height: info.height,
    channels: info.channels === 4 ? 4 : 3,
  });
}

/** CMYK -> RGB by multiplication, rounded down, as Chromium does; profiles are ignored. */
async function decodeInks(image: Sharp): Promise<DecodedImage> {
  const { data, info } = await image
    .pipelineColourspace("cmyk")
    .toColourspace("cmyk")
    .raw()
    .toBuffer({ resolveWithObject: true });
  const out = new Uint8Array(info.width * info.height * 3);
  for (let from = 0, to = 0; to < out.length; from += 4, to += 3) {
    const light = 255 - data[from + 3]!;
    for (let c = 0; c < 3; c++) out[to + c] = Math.floor(((255 - data[from + c]!) * light) / 255);
  }
  return { data: out, width: info.width, height: info.height, channels: 3 };
}
