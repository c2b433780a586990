/** Image files -> raw pixels by sharp, with the settings under which Node and browsers decode JPEGs to identical bytes. */

import sharp from "sharp";
import { InputError } from "../predictor/errors.ts";
import type { DecodedImage } from "../predictor/preprocess/poster.ts";

/** Pixels; a larger image is refused before it is decoded (a decompression bomb needs only a few bytes). */
export const MAX_PIXELS = 50_000_000;

/** What posters may be; sharp alone would also take vector graphics, documents and raw camera files. */
const FORMATS = ["jpeg", "png", "webp", "heif", "gif"];

/**
 * Decodes a JPEG, PNG, WebP, AVIF or GIF (first frame) at full size.
 *
 * @param bytes The encoded file.
 * @param field Named in errors.
 * @param maxPixels Of the image, width times height.
 * @returns 8-bit RGB; greyscale and CMYK converted, transparency dropped, EXIF orientation applied.
 * @throws InputError if the bytes are no image, are damaged, or make more than `maxPixels`.
 */
export async function decodePoster(
  bytes: Uint8Array,
  field = "poster",
  maxPixels = MAX_PIXELS,
): Promise<DecodedImage> {
  if (bytes.length === 0) throw new InputError(field, "is an empty file");
  try {
    const { format, width, height } = await sharp(bytes).metadata();
    if (!FORMATS.includes(format)) {
      throw new Error(`${format} is not accepted; give a JPEG, PNG, WebP, AVIF or GIF`);
    }
    if (width * height > maxPixels) {
      throw new Error(`it has ${width} x ${height} pixels; at most ${maxPixels} are accepted`);
    }
    // ICC profiles are ignored and no native resize is used: both differ between runtimes.
    const { data, info } = await sharp(bytes, {
      ignoreIcc: true,
      autoOrient: true,
      failOn: "error",
      limitInputPixels: maxPixels,
    })
      .toColourspace("srgb")
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { data, width: info.width, height: info.height, channels: 3 };
  } catch (error) {
    const reason = (error as Error).message.split("\n")[0];
    throw new InputError(field, `cannot be decoded as an image (${reason})`);
  }
}
