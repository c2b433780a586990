/** Hashes the data that trials read, and fills the caches that fold processes share. */

import { sha256, sha256File } from "../../node/files.ts";
import type { Identity } from "../checkpoint/identity.ts";
import type { Bar, Console } from "../common/console.ts";
import { effective } from "../config/compare.ts";
import type { Config } from "../config/schema.ts";
import { imageNames, textNames } from "../dataset/inputs.ts";
import type { LoadedDataset } from "../dataset/load.ts";
import { imagesFor, type PosterStore } from "../dataset/posterCache.ts";
import { digestPixels } from "../dataset/posterDigest.ts";
import { fitTokenizer } from "../fit/tokenizer.ts";
import { specOfImages, specOfTexts } from "../inputs/encoded.ts";
import type { ImageOptions } from "../inputs/image/options.ts";
import { imageOptions, textOptions } from "../inputs/options.ts";
import type { DeclaredText } from "../inputs/text/data.ts";
import type { TextOptions } from "../inputs/text/options.ts";
import { type PreparedFile, preparedFiles } from "../jobs/prepared.ts";
import { hashBackbone } from "../model/backbone.ts";
import { loadOnnxBackbone } from "../model/onnx/load.ts";
import { openPosters } from "../run/readDataset.ts";
import {
  drawsMirrored,
  featuresOfImages,
  featuresOfTexts,
  imageBackbone,
} from "../train/backbones.ts";
import { startBackend } from "../train/backend.ts";
import { wordsToTeach } from "../train/teacher.ts";

export interface TrialInputs {
  /** Equal if and only if configurations, tables, images, word vectors and backbones are. */
  readonly key: string;
  readonly data: Identity["data"];
  /** What has been prepared for it. */
  readonly prepared: readonly PreparedFile[];
}

/** Prepares a configuration for training (fills its caches), and hashes what it reads. */
export type Prepare = (config: Config) => Promise<TrialInputs>;

interface ImageDigests {
  /** Digest of the pixels, and of what backbones make of them. */
  readonly digest: string;
  readonly pixels: string;
  /** Digests of the backbones' files, by "<input> backbone". */
  readonly files: Readonly<Record<string, string>>;
  /** Files with the features of backbones, by input. */
  readonly features: Readonly<Record<string, string>>;
}

/** What several configurations have in common is read once. */
export function createInputs(loaded: LoadedDataset, out: Console): Prepare {
  const digests = new Map<string, Promise<unknown>>();
  const once = <T>(parts: unknown, digest: () => Promise<T>): Promise<T> => {
    const name = JSON.stringify(parts);
    const value = digests.get(name) ?? digest();
    digests.set(name, value);
    return value as Promise<T>;
  };
  return async (config) => {
    const { dataset } = loaded;
    const images = imageNames(dataset.inputs).map((name) => {
      const options = imageOptions(config, name);
      return [options.height, options.width, ...backboneParts(options), options.backboneScale];
    });
    // Folds open the packs of images, empty ones as well.
    const digest = () => digestImages(loaded, config, out);
    const ofImages = await once(images, digest);
    const inputs = [dataset.sha256, ofImages.digest];
    const files: Record<string, string> = { ...ofImages.files };
    for (const name of textNames(dataset.inputs)) {
      const options = textOptions(config, dataset.inputs, name);
      const { embeddings } = options;
      const hash =
        embeddings && (await once(embeddings, async () => (await sha256File(embeddings)).sha256));
      inputs.push(hash ?? "");
      if (hash !== undefined) files[`${name} embeddings`] = hash;
      if (options.backbone === undefined) continue;
      const { backboneRole, embeddingsWords } = options;
      const taught = backboneRole === "teacher" ? [embeddings, embeddingsWords] : [];
      const cached = await once([name, ...backboneParts(options), ...taught], () =>
        cacheTexts(name, loaded, config, out),
      );
      inputs.push(cached.features);
      files[`${name} backbone`] = cached.files;
    }
    const data = { tables: dataset.sha256, posters: ofImages.pixels, files };
    const { features } = ofImages;
    return {
      key: keyOf(config, inputs),
      data,
      prepared: await preparedFiles({ config, loaded, data, features }),
    };
  };
}

/** What the features of a backbone depend on, besides its files. */
function backboneParts(
  options: Pick<ImageOptions | TextOptions, "backbone" | "backboneLayers" | "backbonePooling">,
): unknown[] {
  return [options.backbone, options.backboneLayers, options.backbonePooling];
}

/** @returns SHA-256 of what the encoder of a text input computes, and of its files. */
async function cacheTexts(
  name: string,
  { dataset }: LoadedDataset,
  config: Config,
  out: Console,
): Promise<{ readonly features: string; readonly files: string }> {
  const options = textOptions(config, dataset.inputs, name);
  const source = options.backbone!;
  const { group = name, form } = dataset.inputs[name] as DeclaredText & { readonly group?: string };
  const { spec: tokenizer, tokenize } = await fitTokenizer(group, source);
  const spec = specOfTexts(tokenizer);
  const backbone = await loadOnnxBackbone(name, { ...options, backbone: source }, spec);
  const bar = progressBar(name, out);
  try {
    const text = { form, tokenize };
    const words =
      options.backboneRole === "teacher"
        ? await wordsToTeach(options, name, form, dataset.movies)
        : [];
    (await featuresOfTexts(backbone, text, { config, dataset, ...bar }, name, words)).close();
  } finally {
    bar.stop();
  }
  return { features: backbone.sha256, files: (await hashBackbone(options, group, "words"))! };
}

function progressBar(name: string, out: Console) {
  let bar: Bar | undefined;
  return {
    onFeatures(_: string, done: number, total: number) {
      bar ??= out.bar(`${name} features`, total);
      bar.update(done);
    },
    stop: () => bar?.stop(),
  };
}

function keyOf(config: Config, inputs: readonly string[]): string {
  return sha256(JSON.stringify([effective(config), inputs])).slice(0, KEY_LENGTH);
}

/** In hexadecimal digits (96 bits): a collision among a million trainings has a probability below 1e-17. */
const KEY_LENGTH = 24;

async function digestImages(
  loaded: LoadedDataset,
  config: Config,
  out: Console,
): Promise<ImageDigests> {
  const posters = await openPosters(loaded, config, out);
  try {
    const pixels = digestPixels(loaded.dataset, posters);
    let digest = pixels;
    const files: Record<string, string> = {};
    const features: Record<string, string> = {};
    for (const name of imageNames(loaded.dataset.inputs)) {
      if (imageOptions(config, name).backbone === undefined) continue;
      const cached = await cacheFeatures(name, loaded, config, posters, out);
      digest = sha256(digest + cached.backbone);
      features[name] = cached.file;
      files[`${name} backbone`] = (await hashBackbone(imageOptions(config, name), name))!;
    }
    return { digest, pixels, files, features };
  } finally {
    posters.close();
  }
}

/** @returns The SHA-256 of an image input's backbone, and the file with its features. */
async function cacheFeatures(
  name: string,
  { dataset }: LoadedDataset,
  config: Config,
  posters: PosterStore,
  out: Console,
): Promise<{ backbone: string; file: string }> {
  await startBackend(config.backend);
  const options = imageOptions(config, name);
  const spec = specOfImages(imagesFor(posters, name).spec);
  const backbone = await imageBackbone(name, { options, spec }, "", config);
  const bar = progressBar(name, out);
  try {
    const source = { config, dataset, posters, ...bar };
    const features = await featuresOfImages(backbone, source, name, drawsMirrored(options));
    features.close();
    return { backbone: backbone.sha256, file: features.file };
  } finally {
    bar.stop();
  }
}
