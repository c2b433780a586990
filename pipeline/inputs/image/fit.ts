/** Fits the brightness of an image input. */

import type { ImageSpec } from "../../../predictor/inputs/image.ts";
import { imagesFor } from "../../dataset/posterCache.ts";
import type { InputFit } from "../../fit/inputFit.ts";
import { fitPixels, type PixelScale } from "../../fit/pixels.ts";
import { optionsOf } from "../options.ts";
import type { DeclaredImage } from "./data.ts";
import { type ImageOptions, imageSpecOf } from "./options.ts";

export interface FittedImage {
  readonly type: "image";
  readonly spec: ImageSpec;
  readonly options: ImageOptions;
  readonly pixels: PixelScale;
}

export const image: InputFit<DeclaredImage, FittedImage, Omit<FittedImage, "pixels">> = {
  fit(name, _, { config }) {
    const options = optionsOf(config, name, "image");
    return { type: "image", spec: imageSpecOf(options, name), options };
  },
  finish(name, draft, movies, posters) {
    const paths = movies.flatMap(({ images }) => images[name] ?? []);
    return { ...draft, pixels: fitPixels(paths, imagesFor(posters, name)) };
  },
};
