/** `preprocessor_config.json` of Hugging Face: how images are made what a pretrained encoder was trained on. */

import * as z from "zod";
import { InputError } from "../../predictor/errors.ts";
import type { PosterSpec } from "../../predictor/preprocess/poster.ts";
import { findBackbone, readJsonFile } from "./backboneFolder.ts";

/** Maps the pixels' bytes to values: value = byte * scale + offset, per channel. */
export interface PixelRange {
  /** [3], in the order in which the encoder reads them. */
  readonly scale: readonly number[];
  readonly offset: readonly number[];
  /** Whether it reads blue, green, red. */
  readonly reversed: boolean;
}

export interface Preprocessor {
  /** What the image becomes. */
  readonly size: PosterSpec;
  readonly range: PixelRange;
}

const side = z.int().positive();
const size = z.union([
  side,
  z.object({ height: side, width: side }),
  z.object({ shortest_edge: side }),
]);
const three = z.array(z.number()).length(3);

/** The fields that are read; files have others, which say nothing of the pixels. */
const schema = z.object({
  do_resize: z.boolean().default(true),
  size: size.optional(),
  do_center_crop: z.boolean().default(false),
  crop_size: size.optional(),
  do_rescale: z.boolean().default(true),
  rescale_factor: z
    .number()
    .positive()
    .default(1 / 255),
  do_normalize: z.boolean().default(true),
  image_mean: three.default([0.5, 0.5, 0.5]),
  image_std: three.default([0.5, 0.5, 0.5]),
  do_flip_channel_order: z.boolean().default(false),
});

const FILE = "preprocessor_config.json";

/**
 * @param source The backbone, as `findBackbone` takes it.
 * @param field Of the options, for errors.
 * @throws InputError if there is no such file, or naming what in it is wrong.
 */
export function readPreprocessor(source: string, field: string): Preprocessor {
  const { folder } = findBackbone(source, "pixels", field);
  const parsed = schema.safeParse(readJsonFile(folder, FILE, field));
  if (!parsed.success) {
    const [{ path, message }] = parsed.error.issues as [z.core.$ZodIssue];
    throw new InputError(field, `${folder}/${FILE}: ${path.join(".")}: ${message}`);
  }
  const config = parsed.data;
  const scale = config.do_rescale ? config.rescale_factor : 1;
  const [mean, std] = config.do_normalize
    ? [config.image_mean, config.image_std]
    : [
        [0, 0, 0],
        [1, 1, 1],
      ];
  return {
    size: sizeOf(config, `${folder}/${FILE}`, field),
    range: {
      scale: std.map((s) => scale / s),
      offset: std.map((s, c) => -mean[c]! / s),
      reversed: config.do_flip_channel_order,
    },
  };
}

/**
 * The crop decides the size, and else the resizing. An image that is scaled to its shortest edge and not cropped becomes a
 * square: graphs of ours take images of one size.
 */
function sizeOf(
  { do_resize, size, do_center_crop, crop_size }: z.output<typeof schema>,
  file: string,
  field: string,
): PosterSpec {
  const scaled = do_resize && size !== undefined ? sides(size) : undefined;
  const seen = do_center_crop && crop_size !== undefined ? sides(crop_size) : scaled;
  if (!seen) {
    throw new InputError(field, `${file} gives neither a size nor a crop_size; add one`);
  }
  const { height, width } = seen;
  const stretched = scaled?.isExact === true;
  const isCut = scaled !== undefined && (scaled.height !== height || scaled.width !== width);
  return {
    height,
    width,
    ...(isCut ? { scaled: cutFrom(scaled, seen) } : {}),
    ...(stretched ? { stretched: true } : {}),
  };
}

interface Sides {
  readonly height: number;
  readonly width: number;
  /** Whether both sides are given, so that an image of another aspect ratio is stretched. */
  readonly isExact: boolean;
}

function sides(size: NonNullable<z.output<typeof schema>["size"]>): Sides {
  if (typeof size === "number") return { height: size, width: size, isExact: false };
  if ("shortest_edge" in size) {
    return { height: size.shortest_edge, width: size.shortest_edge, isExact: false };
  }
  return { ...size, isExact: true };
}

/** The size from whose centre is cut: of the cut's aspect ratio where only the shortest edge is given. */
function cutFrom(scaled: Sides, cut: Sides): { height: number; width: number } {
  if (scaled.isExact) return { height: scaled.height, width: scaled.width };
  const factor = Math.max(1, scaled.height / Math.min(cut.height, cut.width));
  return { height: evenly(cut.height, factor), width: evenly(cut.width, factor) };
}

/** The side's multiple with equal margins, so that a turned image has the same centre. */
function evenly(side: number, factor: number): number {
  return side + 2 * Math.round((side * (factor - 1)) / 2);
}
