/** A frozen backbone's features of images, with ONNX Runtime: TensorFlow.js on WebAssembly takes ten times as long. */

import { sha256 } from "../../node/files.ts";
import type { RunGraph } from "../../predictor/tensor.ts";
import type { PosterStore } from "../dataset/posterCache.ts";
import type { Encode } from "../model/onnx/reference.ts";
import {
  type BackboneFeatures,
  computeFeatures,
  type FeatureOptions,
  type FeatureSource,
} from "./backboneFeatures.ts";

export interface PosterFeatureOptions
  extends FeatureOptions,
    Pick<FeatureSource, "backbone" | "cache"> {
  readonly posters: PosterStore;
  /** Posters, without repeats. */
  readonly paths: readonly string[];
  /** Whether training sees mirror images, too. */
  readonly mirrored: boolean;
  /** Opens the backbone's graph. */
  readonly open: () => Promise<{ run: RunGraph; close(): Promise<void> }>;
  /** How features are read of the graph; default: `poster` uint8 [n, H, W, 3] -> `features` float32 [n, features]. */
  readonly encode?: Encode<Uint8Array>;
}

/** Features of posters, and of their mirror images if asked for, by the posters' paths. */
export async function computePosterFeatures(
  options: PosterFeatureOptions,
): Promise<BackboneFeatures> {
  const { posters, paths, open } = options;
  const { height, width } = posters.spec;
  const encode = options.encode ?? plainly(height, width);
  const pixels = (path: string): Uint8Array => {
    const own = new Uint8Array(height * width * 3);
    posters.read(path, own);
    return own;
  };
  return computeFeatures({
    ...options,
    views: options.mirrored ? 2 : 1,
    hashes: new Map(paths.map((path) => [path, sha256(pixels(path))])),
    nouns: "posters",
    async open() {
      const { run, close } = await open();
      return {
        compute: (keys) =>
          encode(
            keys.flatMap((path) => {
              const own = pixels(path);
              return options.mirrored ? [own, mirrored(own, width)] : [own];
            }),
            run,
          ),
        close,
      };
    },
  });
}

function plainly(height: number, width: number): Encode<Uint8Array> {
  return async (images, run) => {
    const data = new Uint8Array(images.length * height * width * 3);
    for (const [i, pixels] of images.entries()) data.set(pixels, i * pixels.length);
    const dims = [images.length, height, width, 3];
    const { features } = await run({ poster: { type: "uint8", dims, data } });
    return features!.data as Float32Array;
  };
}

function mirrored(pixels: Uint8Array, width: number): Uint8Array {
  const out = new Uint8Array(pixels.length);
  const rows = pixels.length / (width * 3);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * 3;
      const to = (y * width + (width - 1 - x)) * 3;
      for (let c = 0; c < 3; c++) out[to + c] = pixels[from + c]!;
    }
  }
  return out;
}
