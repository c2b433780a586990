/** Image files -> the pixels that the graph reads, in a browser; works in a worker and in a page. */

import { InputError } from "../../predictor/errors.ts";
import { decodeScaled, type ScaledImage, type ScaleOptions } from "../../predictor/image/decode.ts";
import { inspectImage } from "../../predictor/image/inspect.ts";
import { issueOf } from "../../predictor/issues.ts";
import type { PosterSpec } from "../../predictor/preprocess/poster.ts";
import { codecs } from "./codecs.ts";

/**
 * @param field Named in errors.
 * @returns The same bytes as from `decodeScaled` of node/poster.ts.
 * @throws InputError if the file is no JPEG, PNG, WebP, AVIF or GIF, is damaged, or too large; Error if the format's decoder
 *   cannot be downloaded or run.
 */
export async function openPoster(
  blob: Blob,
  spec: PosterSpec,
  field = "poster",
  options?: ScaleOptions,
): Promise<ScaledImage> {
  const bytes = await readBytes(blob, field);
  return decodeScaled(bytes, inspectImage(bytes, field), spec, field, codecs, options);
}

/** Fails where the file was moved or changed after it was chosen. */
async function readBytes(blob: Blob, field: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch (error) {
    throw new InputError(field, issueOf("fileNotRead", { reason: (error as Error).message }));
  }
}
