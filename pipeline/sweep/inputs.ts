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
import { imageOptions, textOptions } from "../inputs/options.ts";
import { type PreparedFile, preparedFiles } from "../jobs/prepared.ts";
import { hashBackbone, loadBackbone } from "../model/backbone.ts";
import { openPosters } from "../run/readDataset.ts";
import { featuresOf } from "../train/backbones.ts";
import { startBackend } from "../train/backend.ts";

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
  /** Of pixels, and of what backbones make of them. */
  readonly digest: string;
  readonly pixels: string;
  /** Of backbones' files, by "<input> backbone". */
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
      const { height, width, backbone, backboneLayers, backboneScale } = imageOptions(config, name);
      return [height, width, backbone, backboneLayers, backboneScale];
    });
    // Folds open the packs of images, empty ones as well.
    const digest = () => digestImages(loaded, config, out);
    const ofImages = await once(images, digest);
    const inputs = [dataset.sha256, ofImages.digest];
    const files: Record<string, string> = { ...ofImages.files };
    for (const name of textNames(dataset.inputs)) {
      const { embeddings } = textOptions(config, dataset.inputs, name);
      const hash =
        embeddings && (await once(embeddings, async () => (await sha256File(embeddings)).sha256));
      inputs.push(hash ?? "");
      if (hash !== undefined) files[`${name} embeddings`] = hash;
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
  const { spec } = imagesFor(posters, name);
  const backbone = (await loadBackbone(imageOptions(config, name), spec, name))!;
  let bar: Bar | undefined;
  const onFeatures = (_: string, done: number, total: number) => {
    bar ??= out.bar(`${name} features`, total);
    bar.update(done);
  };
  try {
    const features = await featuresOf(backbone, { config, dataset, posters, onFeatures }, name);
    features.close();
    return { backbone: backbone.sha256, file: features.file };
  } finally {
    bar?.stop();
  }
}
