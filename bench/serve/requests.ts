/** Requests of the bench: generated posters as JSON, and tensors in the Open Inference Protocol's binary form. */

import sharp from "sharp";
import { createRandom } from "../../pipeline/common/random.ts";
import { collate } from "../../predictor/item.ts";
import type { Manifest } from "../../predictor/manifest.ts";
import { movieInputs } from "../../predictor/movie.ts";
import { createMovieEncoder } from "../../predictor/movieEncoder.ts";
import { resizePoster } from "../../predictor/preprocess/poster.ts";
import type { Tensor } from "../../predictor/tensor.ts";

/** Size of the posters in pixels, a usual one. */
const WIDTH = 300;
const HEIGHT = 450;
/** Size of a coloured patch in pixels. */
const PATCH = 30;

/** Different JPEGs of a usual poster's size: smoothed coloured patches, which compress about as photographs do. */
export async function drawPosters(count: number): Promise<Buffer[]> {
  const random = createRandom(1);
  return Promise.all(
    Array.from({ length: count }, async () => {
      const small = { width: WIDTH / PATCH, height: HEIGHT / PATCH, channels: 3 as const };
      const pixels = Uint8Array.from({ length: small.width * small.height * 3 }, () =>
        Math.floor(random.next() * 256),
      );
      return sharp(pixels, { raw: small }).resize(WIDTH, HEIGHT).jpeg({ quality: 90 }).toBuffer();
    }),
  );
}

/** Bodies of POST /v1/predict, one per poster. */
export function jsonBodies(posters: readonly Buffer[]): Buffer[] {
  return posters.map((poster) =>
    Buffer.from(JSON.stringify({ poster: poster.toString("base64"), topK: 5 })),
  );
}

/** Tensors of a batch with one movie per poster; movies have all inputs if `ratings` is above 0. */
export async function prepareBatch(
  { inputs }: Manifest,
  posters: readonly Buffer[],
  ratings: number,
): Promise<Record<string, Tensor>> {
  const preprocess = movieInputs(inputs);
  const encoder = createMovieEncoder(preprocess);
  const { users, stars } = preprocess.ratings;
  const movies = await Promise.all(
    posters.map(async (poster, i) => {
      const { data, info } = await sharp(poster).raw().toBuffer({ resolveWithObject: true });
      const image = { data, width: info.width, height: info.height, channels: 3 as const };
      const { height, width } = preprocess.poster;
      return encoder.encode({
        title: `The Lantern of Doom, Part ${i}`,
        year: 1950 + i,
        poster: { data: resizePoster(image, preprocess.poster), height, width, channels: 3 },
        ratings: Array.from({ length: Math.min(ratings, users.length) }, (_, k) => ({
          user: users[(i * ratings + k) % users.length]!,
          stars: k % 2 === 0 ? stars.min : stars.max,
        })),
      });
    }),
  );
  return collate(movies, preprocess);
}

const DATATYPES = { float32: "FP32", int32: "INT32", uint8: "UINT8" } as const;

/** Body and headers of an infer request with binary tensors, which asks for a binary answer. */
export function inferRequest(feeds: Readonly<Record<string, Tensor>>) {
  const parts = Object.values(feeds).map(({ data }) =>
    Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  );
  const json = Buffer.from(
    JSON.stringify({
      inputs: Object.entries(feeds).map(([name, { type, dims }], i) => ({
        name,
        shape: [...dims],
        datatype: DATATYPES[type],
        parameters: { binary_data_size: parts[i]!.length },
      })),
      parameters: { binary_data_output: true },
    }),
  );
  return {
    body: Buffer.concat([json, ...parts]),
    headers: {
      "content-type": "application/octet-stream",
      "inference-header-content-length": String(json.length),
    },
  };
}
