/** Images: decoded by the host, cropped and scaled here. */

import * as z from "zod";
import { type DecodedImage, type PosterSpec, resizePoster } from "../preprocess/poster.ts";
import { isNoValue } from "../values.ts";
import { COMMON, type CommonSpec, type InputType } from "./inputType.ts";

export interface ImageSpec extends PosterSpec, CommonSpec {
  readonly type: "image";
}

/** uint8 [height * width * 3]; undefined where there is none. */
export type ImageFeatures = Uint8Array | undefined;

const positive = z.int().positive();

/** Graph inputs `NAME` uint8 [n, height, width, 3] and `has_NAME` float32 [n, 1]. */
export const image = {
  spec: z.strictObject({
    type: z.literal("image"),
    ...COMMON,
    height: positive,
    width: positive,
    scaled: z.strictObject({ height: positive, width: positive }).optional(),
    stretched: z.literal(true).optional(),
  }),

  encoder: (name, spec) => (item) => {
    const value = item[name];
    return isNoValue(value, spec) ? undefined : resizePoster(value as DecodedImage, spec, name);
  },

  absent: () => undefined,

  isPresent: (features) => features !== undefined,

  tensorNames: (name) => [name, `has_${name}`],

  collate(name, { height, width }, rows) {
    const pixels = height * width * 3;
    const data = new Uint8Array(rows.length * pixels);
    const present = new Float32Array(rows.length);
    for (const [i, row] of rows.entries()) {
      if (!row) continue;
      data.set(row, i * pixels);
      present[i] = 1;
    }
    return {
      [name]: { type: "uint8", dims: [rows.length, height, width, 3], data },
      [`has_${name}`]: { type: "float32", dims: [rows.length, 1], data: present },
    };
  },
} satisfies InputType<ImageSpec, ImageFeatures>;
