/** Pixels by sharp's native decoders: what our own are compared with. */

import sharp from "sharp";
import { flattenOnWhite } from "../../../predictor/image/flatten.ts";
import type { DecodedImage } from "../../../predictor/preprocess/poster.ts";

/** @param autoOrient Whether to apply Exif's orientation. */
export async function bySharp(file: Uint8Array, autoOrient = true): Promise<DecodedImage> {
  const { data, info } = await sharp(file, { ignoreIcc: true, autoOrient, failOn: "error" })
    .toColourspace("srgb")
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  return flattenOnWhite({ data, width, height, channels: info.channels === 4 ? 4 : 3 });
}

/** Whether they have the same size and bytes. */
export function same(a: DecodedImage, b: DecodedImage): boolean {
  return (
    a.width === b.width && a.height === b.height && Buffer.compare(asBuffer(a), asBuffer(b)) === 0
  );
}

const asBuffer = ({ data }: DecodedImage) =>
  Buffer.from(data.buffer, data.byteOffset, data.byteLength);
