/** Pretrained backbones of images and texts, and the features of frozen ones. */

import { trialFeeds } from "../../node/session.ts";
import { InputError } from "../../predictor/errors.ts";
import { readable, type TextFeatures, type TextSpec } from "../../predictor/inputs/text.ts";
import type { Tokenize } from "../../predictor/preprocess/tokenizer.ts";
import { isOnnxBackbone } from "../config/backboneFolder.ts";
import type { Config } from "../config/schema.ts";
import type { Dataset, LabelledMovie } from "../dataset/dataset.ts";
import { imageOf, textOf } from "../dataset/inputs.ts";
import { imagesFor, type PosterStore } from "../dataset/posterCache.ts";
import type { FitResult } from "../fit/fit.ts";
import type { EncodedMovie } from "../fit/prepare.ts";
import { isImage, isText } from "../inputs/encoded.ts";
import type { FittedImage } from "../inputs/image/fit.ts";
import type { ImageOptions } from "../inputs/image/options.ts";
import type { TextInput } from "../inputs/text/fit.ts";
import { type Backbone, type LayersBackbone, loadBackbone } from "../model/backbone.ts";
import { buildFeatureModel } from "../model/build.ts";
import { exportFeatures } from "../model/exportGraph.ts";
import type { ImageInput, TextModelInput } from "../model/modelInputs.ts";
import { loadOnnxBackbone, type OnnxBackbone } from "../model/onnx/load.ts";
import { type BackboneFeatures, featureMoments, standardised } from "./backboneFeatures.ts";
import { type EncoderGraph, featureRuntime, openEncoder } from "./encoderSession.ts";
import { computePosterFeatures } from "./posterFeatures.ts";
import { openTeacher, teachWords, wordsToTeach } from "./teacher.ts";
import { computeTextFeatures, idsKey } from "./textFeatures.ts";

export interface FeatureOptions {
  readonly config: Pick<Config, "backend" | "cache">;
  readonly dataset: Dataset;
  readonly posters: PosterStore;
  /** Movies to compute features of; default: the data set's. Folds pass all movies, to share one cache file. */
  readonly featured?: readonly LabelledMovie[];
  /** Called with a message if a cache is damaged, or if a GPU cannot be used. */
  readonly onWarning?: (text: string) => void;
  /** Called with a line about the GPU that computes an input's features. */
  readonly onProvider?: (line: string) => void;
  /** Called with the progress while an input's features are computed. */
  readonly onFeatures?: (input: string, done: number, total: number) => void;
}

export interface Backbones {
  /** The inputs that have a backbone, with it. */
  readonly inputs: Readonly<Record<string, ImageInput | TextModelInput>>;
  /** Features of those that are frozen, by input: of images standardised, of texts as they are. */
  readonly features: Readonly<Record<string, BackboneFeatures>>;
  /** The same as the backbones give them. */
  readonly raw: Readonly<Record<string, BackboneFeatures>>;
  /** Closes the cache files. */
  close(): void;
}

type Fitted = Pick<FitResult, "inputs" | "training" | "opened" | "target">;

/**
 * Loads the backbones that the inputs' options name.
 *
 * @throws InputError if a backbone cannot be used, or if the backend cannot fine-tune it.
 */
export async function openBackbones(fitted: Fitted, options: FeatureOptions): Promise<Backbones> {
  const inputs: Record<string, ImageInput | TextModelInput> = {};
  const features: Record<string, BackboneFeatures> = {};
  const raw: Record<string, BackboneFeatures> = {};
  const close = () => {
    for (const file of Object.values(raw)) file.close();
  };
  try {
    for (const [name, input] of Object.entries(fitted.inputs)) {
      if (isImage(input) && input.options.backbone !== undefined) {
        // Layers of the first one keep their names.
        const prefix = Object.keys(inputs).length === 0 ? "" : `${name}_backbone_`;
        const backbone = await imageBackbone(name, input, prefix, options.config);
        const found = await featuresOfImages(backbone, options, name, drawsMirrored(input.options));
        raw[name] = found;
        const moments = featureMoments(
          fitted.training.flatMap((movie) => movie.images[name] ?? []),
          found,
        );
        inputs[name] = { ...input, backbone: { ...backbone, ...moments } };
        if (!input.options.fineTune) features[name] = standardised(found, moments);
      }
      if (isText(input) && input.options.backboneRole === "teacher") {
        inputs[name] = await taughtText(name, input, fitted, options);
      } else if (isText(input) && input.options.backbone !== undefined) {
        const { backbone: source } = input.options;
        const backbone = await loadOnnxBackbone(
          name,
          { ...input.options, backbone: source },
          input.spec,
        );
        const tokenize = fitted.opened[name] as Tokenize;
        const text = { form: input.spec.form, tokenize };
        const found = await featuresOfTexts(backbone, text, options, name);
        raw[name] = found;
        features[name] = found;
        const moments = featureMoments(
          fitted.training.flatMap((movie) => keyOfText(movie, name) ?? []),
          found,
        );
        inputs[name] = { ...input, backbone: { ...backbone, ...moments } };
      }
    }
  } catch (error) {
    close();
    throw error;
  }
  return { inputs, features, raw, close };
}

export async function imageBackbone(
  name: string,
  image: Pick<FittedImage, "options" | "spec">,
  prefix: string,
  config: Pick<Config, "backend">,
): Promise<Backbone> {
  const { options, spec } = image;
  const source = options.backbone!;
  if (!isOnnxBackbone(source)) {
    const backbone = (await loadBackbone(options, spec, name, prefix))!;
    checkTrainable(backbone, name, image, config);
    return backbone;
  }
  if (options.fineTune) {
    throw new InputError(
      `${name}.fineTune`,
      `needs a TensorFlow.js LayersModel; the ONNX backbone ${source} stays as it is`,
    );
  }
  return loadOnnxBackbone(name, { ...options, backbone: source }, spec);
}

/** @throws InputError if the backend has no gradient for a layer to be fine-tuned. */
function checkTrainable(
  { model }: LayersBackbone,
  name: string,
  { options }: Pick<FittedImage, "options">,
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

/** Whether training draws mirror images: a head that is fitted at once, without epochs, draws nothing. */
export function drawsMirrored({ flip, head }: ImageOptions): boolean {
  return flip && head !== "linear";
}

/**
 * A backbone's features of every image of an input, from the cache if possible; for the caller to close.
 *
 * @param mirrored Whether of their mirror images, too.
 */
export async function featuresOfImages(
  backbone: Backbone,
  options: FeatureOptions,
  input: string,
  mirrored: boolean,
): Promise<BackboneFeatures> {
  const { config, dataset, posters, featured = dataset.movies } = options;
  const store = imagesFor(posters, input);
  const paths = featured
    .flatMap((movie) => imageOf(movie, input) ?? [])
    .filter((path) => store.has(path));
  return computePosterFeatures({
    backbone,
    posters: store,
    paths,
    mirrored,
    cache: config.cache,
    ...reported(options, input),
    ...(backbone.kind === "onnx"
      ? { encode: backbone.encode, open: () => openFor(graphOf(backbone), options, input) }
      : {
          open: async () => {
            const model = buildFeatureModel(backbone, "poster", store.spec);
            const shape = ["n", store.spec.height, store.spec.width, 3];
            const trial = trialFeeds([{ name: "poster", type: "uint8", shape }]);
            return openFor({ onnx: await exportFeatures(model), trial }, options, input);
          },
        }),
  });
}

/** A text's form, and the tokenizer of its encoder. */
export interface TokenizedText {
  readonly form: TextSpec["form"];
  readonly tokenize: Tokenize;
}

/** A text whose words get further vectors from an encoder that stays out of the graph. */
async function taughtText(
  name: string,
  input: TextInput,
  { training, target }: Fitted,
  options: FeatureOptions,
): Promise<TextModelInput> {
  const { dataset, featured = dataset.movies } = options;
  const teacher = await openTeacher(name, input);
  const { form } = input.spec;
  const wanted = await wordsToTeach(input.options, name, form, featured);
  const found = await featuresOfTexts(
    teacher.backbone,
    { form, ...teacher },
    options,
    name,
    wanted,
  );
  try {
    const read = (text: string) => {
      const features = new Float32Array(found.size);
      found.read(idsKey(teacher.tokenize(text)), 0, features, 0);
      return features;
    };
    return { ...input, words: teachWords({ input, name, training, target, wanted, read }) };
  } finally {
    found.close();
  }
}

/**
 * An encoder's features of every text of an input, from the cache if possible; for the caller to close.
 *
 * @param words Further texts.
 */
export async function featuresOfTexts(
  backbone: OnnxBackbone,
  { form, tokenize }: TokenizedText,
  options: Omit<FeatureOptions, "posters">,
  name: string,
  words: readonly string[] = [],
): Promise<BackboneFeatures> {
  const { config, dataset, featured = dataset.movies } = options;
  // The text without a word stands for one that is missing.
  const texts = ["", ...words, ...featured.map((movie) => readable(textOf(movie, name), { form }))];
  return computeTextFeatures({
    backbone,
    texts: texts.map(tokenize),
    cache: config.cache,
    ...reported(options, name),
    encode: backbone.encode,
    open: () => openFor(graphOf(backbone), options, name),
  });
}

/** The key of a movie's text in the encoder's features; undefined without a text. */
function keyOfText({ features }: EncodedMovie, name: string): string | undefined {
  const { ids, words } = features[name] as TextFeatures;
  return words.length > 0 ? idsKey(ids!) : undefined;
}

type Reported = Omit<FeatureOptions, "posters">;

function reported({ config, onWarning, onFeatures }: Reported, input: string) {
  return {
    runtime: featureRuntime(config.backend),
    onDamaged: onWarning,
    onProgress: onFeatures && ((done: number, total: number) => onFeatures(input, done, total)),
  };
}

/** The encoder's own file. */
const graphOf = ({ bytes, outputs, trial }: OnnxBackbone) => ({ onnx: bytes, outputs, trial });

function openFor(
  graph: EncoderGraph,
  { config: { backend }, onWarning, onProvider }: Reported,
  input: string,
) {
  return openEncoder(graph, { backend, what: `${input} features`, onWarning, onProvider });
}
