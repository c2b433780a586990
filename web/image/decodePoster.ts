/** Image files -> raw pixels in a browser: the same bytes as from node/poster.ts. */

import { InputError } from "../../predictor/errors.ts";
import { flattenOnWhite } from "../../predictor/image/flatten.ts";
import { damaged, inspectImage } from "../../predictor/image/inspect.ts";
import type { DecodedImage } from "../../predictor/preprocess/poster.ts";
import { loadLater } from "../loadLater.ts";

/**
 * Decodes a JPEG, PNG, WebP, AVIF or GIF (first frame) at full size; works in a worker and in a page.
 *
 * @param field Named in errors.
 * @returns 8-bit RGB: greyscale and CMYK converted, transparency laid on white, the orientation applied that a JPEG,
 *   PNG or AVIF asks for.
 * @throws InputError if the file is no such image, is damaged, or too large; Error if AVIF's decoder cannot be fetched.
 */
export async function decodePoster(blob: Blob, field = "poster"): Promise<DecodedImage> {
  const bytes = await readBytes(blob, field);
  const info = inspectImage(bytes, field);
  if (info.format === "avif") {
    const { decodeAvif } = await loadLater(import("./avif.ts"));
    return decodeAvif(bytes, info, field);
  }
  const bitmap = await createImageBitmap(new Blob([bytes]), {
    colorSpaceConversion: "none",
    premultiplyAlpha: "none",
    // Browsers differ on EXIF in WebP.
    imageOrientation: info.format === "webp" ? "none" : "from-image",
  }).catch(() => {
    throw damaged(field);
  });
  const { width, height } = bitmap;
  // `willReadFrequently` keeps the canvas off the GPU, whose rounding may differ.
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("this browser provides no canvas to read an image's pixels with");
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  return flattenOnWhite({ data, width, height, channels: 4 });
}

/** Fails where the file was moved or changed after it was chosen. */
async function readBytes(blob: Blob, field: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch (error) {
    throw new InputError(field, `cannot be read (${(error as Error).message})`);
  }
}
