/** Images: decoded and scaled here, where the page cannot be held up. */

import type { ImageSpec } from "../../../predictor/inputs/image.ts";
import { posterCrop } from "../../../predictor/preprocess/poster.ts";
import { openPoster } from "../../image/openPoster.ts";
import { occlude } from "../occlusion.ts";
import type { WorkerType } from "./workerType.ts";

/** Longest side in pixels of the picture that is shown: at 20 rem as sharp as a screen of 1.5 pixels for each of the page's. */
const PICTURE_SIDE = 512;

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
    async open(name, spec, file, onProgress) {
      const options = { picture: PICTURE_SIDE, onProgress };
      const { pixels, picture, ...whole } = await openPoster(file, spec, name, options);
      const size = { width: spec.width, height: spec.height };
      return {
        value: { data: pixels, ...size, channels: 3 },
        info: {
          ...whole,
          crop: posterCrop(whole, spec),
          pixels,
          size,
          picture: picture!,
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
