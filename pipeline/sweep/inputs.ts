/** Hashes the data that trials read, and fills the caches that fold processes share. */

import { sha256, sha256File } from "../../node/files.ts";
import type { Bar, Console } from "../common/console.ts";
import { effective } from "../config/compare.ts";
import type { Config } from "../config/schema.ts";
import { imageNames, textNames } from "../dataset/inputs.ts";
import type { LoadedDataset } from "../dataset/load.ts";
import { imagesFor, type PosterStore } from "../dataset/posterCache.ts";
import { digestPixels } from "../dataset/posterDigest.ts";
import { imageOptions, textOptions } from "../inputs/options.ts";
import { loadBackbone } from "../model/backbone.ts";
import { openPosters } from "../run/readDataset.ts";
import { featuresOf } from "../train/backbones.ts";
import { startBackend } from "../train/backend.ts";

/**
 * Returns a function that prepares a configuration for training (fills its caches) and returns its key. Keys are equal
 * if and only if configurations, tables, images, word vectors and backbones are.
 */
export function createInputs(
  loaded: LoadedDataset,
  out: Console,
): (config: Config) => Promise<string> {
  const digests = new Map<string, Promise<string>>();
  const once = (parts: unknown, digest: () => Promise<string>): Promise<string> => {
    const name = JSON.stringify(parts);
    const value = digests.get(name) ?? digest();
    digests.set(name, value);
    return value;
  };
  return async (config) => {
    const { dataset } = loaded;
    const images = imageNames(dataset.inputs).map((name) => {
      const { height, width, backbone, backboneLayers, backboneScale } = imageOptions(config, name);
      return [height, width, backbone, backboneLayers, backboneScale];
    });
    // Folds open the packs of images, empty ones as well.
    const digest = () => digestImages(loaded, config, out);
    const inputs = [dataset.sha256, await once(images, digest)];
    for (const name of textNames(dataset.inputs)) {
      const { embeddings } = textOptions(config, dataset.inputs, name);
      inputs.push(
        embeddings === undefined
          ? ""
          : await once(embeddings, async () => (await sha256File(embeddings)).sha256),
      );
    }
    return keyOf(config, inputs);
  };
}

function keyOf(config: Config, inputs: readonly string[]): string {
  return sha256(JSON.stringify([effective(config), inputs])).slice(0, KEY_LENGTH);
}

/** In hexadecimal digits (96 bits): a collision among a million trainings has a probability below 1e-17. */
const KEY_LENGTH = 24;

async function digestImages(loaded: LoadedDataset, config: Config, out: Console): Promise<string> {
  const posters = await openPosters(loaded, config, out);
  try {
    let digest = digestPixels(loaded.dataset, posters);
    for (const name of imageNames(loaded.dataset.inputs)) {
      if (imageOptions(config, name).backbone === undefined) continue;
      digest = sha256(digest + (await cacheFeatures(name, loaded, config, posters, out)));
    }
    return digest;
  } finally {
    posters.close();
  }
}

/** @returns The SHA-256 of an image input's backbone. */
async function cacheFeatures(
  name: string,
  { dataset }: LoadedDataset,
  config: Config,
  posters: PosterStore,
  out: Console,
): Promise<string> {
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
  } finally {
    bar?.stop();
  }
  return backbone.sha256;
}
