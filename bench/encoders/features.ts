/** Features of a data set's images by a pretrained encoder, scaled as the model's own images are. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { decodeScaled } from "../../node/poster.ts";
import { MAX_PIXELS } from "../../predictor/image/inspect.ts";

/** Images at once. */
const BATCH = 16;

export interface Features {
  /** Per row. */
  readonly columns: number;
  /** [rows, columns]; rows of zeros for what could not be read. */
  readonly data: Float32Array;
  /** [rows] 1 where there is an image. */
  readonly present: Uint8Array;
}

/**
 * @param folder Of the encoder, as `npm run pretrained` writes it.
 * @param paths Of the images, one a row; undefined where a row has none.
 */
export async function imageFeatures(
  folder: string,
  paths: readonly (string | undefined)[],
): Promise<Features> {
  const session = await InferenceSession.create(join(folder, "onnx", "model.onnx"));
  const {
    crop_size: size,
    image_mean,
    image_std,
  } = JSON.parse(await readFile(join(folder, "preprocessor_config.json"), "utf8")) as {
    crop_size: { height: number; width: number };
    image_mean: number[];
    image_std: number[];
  };
  const { height, width } = size;
  const plane = height * width;
  const present = new Uint8Array(paths.length);
  let columns = 0;
  let data = new Float32Array();
  for (let start = 0; start < paths.length; start += BATCH) {
    const rows = Math.min(BATCH, paths.length - start);
    const pixels = new Float32Array(rows * 3 * plane);
    for (let row = 0; row < rows; row++) {
      const image = await readImage(paths[start + row], size);
      if (!image) continue;
      present[start + row] = 1;
      for (let i = 0; i < plane; i++)
        for (let c = 0; c < 3; c++)
          pixels[(row * 3 + c) * plane + i] =
            (image[i * 3 + c]! / 255 - image_mean[c]!) / image_std[c]!;
    }
    const dims = [rows, 3, height, width];
    const { image_embeds } = await session.run({ pixel_values: new Tensor(pixels, dims) });
    columns = image_embeds!.dims[1]!;
    if (start === 0) data = new Float32Array(paths.length * columns);
    data.set(image_embeds!.data as Float32Array, start * columns);
  }
  for (const [row, there] of present.entries())
    if (!there) data.fill(0, row * columns, (row + 1) * columns);
  return { columns, data, present };
}

/** uint8 [height, width, 3]; undefined for no image, or one that cannot be decoded. */
async function readImage(
  path: string | undefined,
  size: { height: number; width: number },
): Promise<Uint8Array | undefined> {
  if (path === undefined) return undefined;
  try {
    return await decodeScaled(await readFile(path), size, path, { pixels: MAX_PIXELS });
  } catch {
    return undefined;
  }
}
