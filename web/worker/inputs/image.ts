/** Images: decoded and scaled here, where the page cannot be held up. */

import type { ImageSpec } from "../../../predictor/inputs/image.ts";
import { posterCrop, resizePoster } from "../../../predictor/preprocess/poster.ts";
import { decodePoster } from "../../image/decodePoster.ts";
import { occlude } from "../occlusion.ts";
import type { WorkerType } from "./workerType.ts";

export const image = {
  // Stripes and a gradient: every channel and many frequencies.
  example: ({ width, height }) => ({
    data: Uint8Array.from(
      { length: width * height * 3 },
      (_, i) => (i * 7 + Math.floor(i / (width * 3)) * 31) % 256,
    ),
    width,
    height,
    channels: 3,
  }),

  file: {
    async open(name, spec, file) {
      const decoded = await decodePoster(file, name);
      const pixels = resizePoster(decoded, spec, name);
      const size = { width: spec.width, height: spec.height };
      return {
        value: { data: pixels, ...size, channels: 3 },
        info: {
          width: decoded.width,
          height: decoded.height,
          crop: posterCrop(decoded, spec),
          pixels,
          size,
        },
      };
    },

    map: ({ spec, features, names, outputs, onProgress, checkCancelled }) =>
      occlude({
        spec,
        labels: names,
        poster: features as Uint8Array,
        probabilities: outputs,
        onProgress,
        checkCancelled,
      }),
  },
} satisfies WorkerType<ImageSpec>;
