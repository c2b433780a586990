/** Pretrained backbones of image inputs, and the features of frozen ones. */

import { openSession } from "../../node/session.ts";
import { InputError } from "../../predictor/errors.ts";
import type { Config } from "../config/schema.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { imageOf } from "../dataset/inputs.ts";
import { imagesFor, type PosterStore } from "../dataset/posterCache.ts";
import type { FitResult } from "../fit/fit.ts";
import type { FittedImage } from "../inputs/image/fit.ts";
import { type Backbone, loadBackbone } from "../model/backbone.ts";
import { buildFeatureModel } from "../model/build.ts";
import { exportFeatures } from "../model/exportGraph.ts";
import type { ImageInput } from "../model/modelInputs.ts";
import {
  computePosterFeatures,
  featureMoments,
  type PosterFeatures,
  standardised,
} from "./posterFeatures.ts";

export interface FeatureOptions {
  readonly config: Pick<Config, "backend" | "cache">;
  readonly dataset: Dataset;
  readonly posters: PosterStore;
  /** Posters to compute features of; default: the data set's. Folds pass all posters, to share one cache file. */
  readonly posterPaths?: readonly string[];
  /** Called with a message if a cache is damaged. */
  readonly onWarning?: (text: string) => void;
  /** Called with the progress while an input's features are computed. */
  readonly onFeatures?: (input: string, done: number, total: number) => void;
}

export interface Backbones {
  /** The images that have a backbone, with it. */
  readonly images: Readonly<Record<string, ImageInput>>;
  /** Standardised features of those that are frozen, by input. */
  readonly features: Readonly<Record<string, PosterFeatures>>;
  /** Closes the cache files. */
  close(): void;
}

/**
 * Loads the backbones that the images' options name.
 *
 * @throws InputError if a backbone cannot be used, or if the backend cannot fine-tune it.
 */
export async function openBackbones(
  { inputs, training }: Pick<FitResult, "inputs" | "training">,
  options: FeatureOptions,
): Promise<Backbones> {
  const images: Record<string, ImageInput> = {};
  const features: Record<string, PosterFeatures> = {};
  const opened: PosterFeatures[] = [];
  const close = () => {
    for (const file of opened) file.close();
  };
  try {
    for (const [name, image] of Object.entries(inputs)) {
      if (!("pixels" in image) || image.options.backbone === undefined) continue;
      // Layers of the first one keep their names.
      const prefix = Object.keys(images).length === 0 ? "" : `${name}_backbone_`;
      const backbone = (await loadBackbone(image.options, image.spec, name, prefix))!;
      checkTrainable(backbone, name, image, options.config);
      const found = await featuresOf(backbone, options, name);
      opened.push(found);
      const moments = featureMoments(
        training.flatMap((movie) => movie.images[name] ?? []),
        found,
      );
      images[name] = { ...image, backbone: { ...backbone, ...moments } };
      if (!image.options.fineTune) features[name] = standardised(found, moments);
    }
  } catch (error) {
    close();
    throw error;
  }
  return { images, features, close };
}

/** @throws InputError if the backend has no gradient for a layer to be fine-tuned. */
function checkTrainable(
  { model }: Backbone,
  name: string,
  { options }: FittedImage,
  { backend }: Pick<Config, "backend">,
): void {
  if (!options.fineTune || backend !== "wasm") return;
  const depthwise = model.layers.find((layer) => DEPTHWISE.has(layer.getClassName()));
  if (!depthwise) return;
  throw new InputError(
    `${name}.fineTune`,
    `the backend wasm has no gradient for the depthwise convolution "${depthwise.name}"; train with --backend cpu, or without --${name}-fine-tune`,
  );
}

/** Layer classes without a gradient on the wasm backend. */
const DEPTHWISE = new Set(["DepthwiseConv2D", "SeparableConv2D"]);

/** A backbone's features of every poster of an input, from the cache if possible; for the caller to close. */
export async function featuresOf(
  backbone: Backbone,
  { config, dataset, posters, posterPaths, onFeatures, onWarning }: FeatureOptions,
  input: string,
): Promise<PosterFeatures> {
  const listed = posterPaths ?? dataset.movies.flatMap((movie) => imageOf(movie, input) ?? []);
  const store = imagesFor(posters, input);
  const paths = listed.filter((path) => store.has(path));
  return computePosterFeatures({
    backbone,
    posters: store,
    paths,
    cache: config.cache,
    ...(onWarning ? { onDamaged: onWarning } : {}),
    open: async () => {
      const model = buildFeatureModel(backbone, "poster", store.spec);
      return openSession(await exportFeatures(model));
    },
    ...(onFeatures ? { onProgress: (done, total) => onFeatures(input, done, total) } : {}),
  });
}
