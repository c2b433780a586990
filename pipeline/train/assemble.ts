/** Everything that training needs, on the whole train split or on a fold: fitted data, the model's parts and its inputs. */

import { openSession } from "../../node/session.ts";
import { InputError } from "../../predictor/errors.ts";
import type { Random } from "../common/random.ts";
import type { Config } from "../config/schema.ts";
import { type Dataset, type LabelledMovie, nounsOf } from "../dataset/dataset.ts";
import { imageOf } from "../dataset/inputs.ts";
import { imagesFor, type PosterStore } from "../dataset/posterCache.ts";
import { type FitResult, fit } from "../fit/fit.ts";
import type { FittedImage } from "../inputs/image/fit.ts";
import { type Backbone, loadBackbone } from "../model/backbone.ts";
import { buildFeatureModel } from "../model/build.ts";
import { exportFeatures } from "../model/exportGraph.ts";
import type { ModelInputs, ModelParts } from "../model/modelInputs.ts";
import type { BatchSource } from "./inputBatches.ts";
import { inputsToLeaveOut, type LeftOutInput } from "./leftOut.ts";
import {
  computePosterFeatures,
  featureMoments,
  type PosterFeatures,
  standardised,
} from "./posterFeatures.ts";

export interface TrainingSetup {
  readonly fitted: FitResult;
  readonly parts: ModelParts;
  readonly source: BatchSource;
  /** Inputs without information, which no tower is to be trained on. */
  readonly leftOut: readonly LeftOutInput[];
  /** Closes the cache file of poster features. */
  close(): void;
}

export interface TrainingSetupOptions {
  readonly config: Config;
  readonly dataset: Dataset;
  readonly posters: PosterStore;
  readonly random: Random;
  /** Posters to compute features of; default: the data set's. Folds pass all posters, to share one cache file. */
  readonly posterPaths?: readonly string[];
  /** Movies that preprocessing is fitted to, without their labels; default: the training movies. */
  readonly basis?: readonly LabelledMovie[];
  /** Called with a message if a cache is damaged. */
  readonly onWarning?: (text: string) => void;
  /** Called with the progress while poster features are computed. */
  readonly onFeatures?: (done: number, total: number) => void;
}

/** @throws InputError if an option does not suit the data or the backend; Error if movies cannot be used, see `fit`. */
export async function assemble(options: TrainingSetupOptions): Promise<TrainingSetup> {
  const { config, dataset, posters, random } = options;
  const fitted = await fit({ config, dataset, posters, random, basis: options.basis });
  const image = imageWithBackbone(fitted.inputs);
  const backbone = image && (await loadBackbone(image.options, image.spec, image.name));
  if (backbone) checkTrainable(backbone, image, config);
  const features = backbone && (await featuresOf(backbone, options, image.name));
  const moments = features && featureMoments(imagesOfAll(fitted.training, image!.name), features);
  const withMoments = backbone && moments ? { ...backbone, ...moments } : undefined;
  const inputs = Object.fromEntries(
    Object.entries(fitted.inputs).map(([name, input]) => [
      name,
      name === image?.name ? { ...input, backbone: withMoments } : input,
    ]),
  ) as ModelInputs;
  const parts: ModelParts = { inputs, labels: dataset.labels.length, target: fitted.target };
  const source: BatchSource = {
    inputs,
    posters,
    features:
      features && moments && !image!.options.fineTune
        ? { ...standardised(features, moments), input: image!.name }
        : undefined,
  };
  const leftOut = inputsToLeaveOut(fitted.training, source, nounsOf(dataset));
  return { fitted, parts, source, leftOut, close: () => features?.close() };
}

interface NamedImage extends FittedImage {
  readonly name: string;
}

/** @throws InputError if several images have a backbone: their layers would have the same names in the graph. */
function imageWithBackbone(inputs: FitResult["inputs"]): NamedImage | undefined {
  const found = Object.entries(inputs).flatMap(([name, input]) =>
    "pixels" in input && input.options.backbone !== undefined ? [{ ...input, name }] : [],
  );
  const [first, second] = found;
  if (second === undefined) return first;
  throw new InputError(
    `${second.name}.backbone`,
    `is a second backbone, beside that of ${first!.name}; one image can have one: leave it out`,
  );
}

/** @throws InputError if the backend has no gradient for a layer to be fine-tuned. */
function checkTrainable(
  { model }: Backbone,
  { name, options }: NamedImage,
  { backend }: Config,
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

/** A backbone's features of every poster, from the cache if possible; for the caller to close. */
export async function featuresOf(
  backbone: Backbone,
  {
    config,
    dataset,
    posters,
    posterPaths,
    onFeatures,
    onWarning,
  }: Omit<TrainingSetupOptions, "random">,
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
    ...(onFeatures ? { onProgress: onFeatures } : {}),
  });
}

function imagesOfAll(movies: FitResult["training"], input: string): string[] {
  return movies.flatMap(({ images }) => images[input] ?? []);
}
