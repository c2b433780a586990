/** Hashes the data that trials read, and fills the caches that fold processes share. */

import { sha256, sha256File } from "../../node/files.ts";
import type { Bar, Console } from "../common/console.ts";
import { effective } from "../config/compare.ts";
import type { Config } from "../config/schema.ts";
import type { LoadedDataset } from "../dataset/load.ts";
import type { PosterStore } from "../dataset/posterCache.ts";
import { digestPixels } from "../dataset/posterDigest.ts";
import { loadBackbone } from "../model/backbone.ts";
import { openPosters } from "../run/readDataset.ts";
import { featuresOf } from "../train/assemble.ts";
import { startBackend } from "../train/backend.ts";

/**
 * Returns a function that prepares a configuration for training (fills its caches) and returns its key. Keys are equal
 * if and only if configurations, tables, posters, word vectors and backbones are.
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
    const { height, width, backbone, backboneLayers, backboneScale } = config.poster;
    const { embeddings } = config.title;
    const inputs = [
      loaded.dataset.sha256,
      await once([height, width, backbone, backboneLayers, backboneScale], () =>
        digestPosters(loaded, config, out),
      ),
      embeddings === undefined
        ? ""
        : await once([embeddings], async () => (await sha256File(embeddings)).sha256),
    ];
    return keyOf(config, inputs);
  };
}

function keyOf(config: Config, inputs: readonly string[]): string {
  return sha256(JSON.stringify([effective(config), inputs])).slice(0, KEY_LENGTH);
}

/** In hexadecimal digits (96 bits): a collision among a million trainings has a probability below 1e-17. */
const KEY_LENGTH = 24;

async function digestPosters(loaded: LoadedDataset, config: Config, out: Console): Promise<string> {
  const posters = await openPosters(loaded, config, out);
  try {
    const digest = digestPixels(loaded.dataset, posters);
    if (config.poster.backbone === undefined) return digest;
    return sha256(digest + (await cacheFeatures(loaded, config, posters, out)));
  } finally {
    posters.close();
  }
}

/** @returns The backbone's SHA-256. */
async function cacheFeatures(
  { dataset }: LoadedDataset,
  config: Config,
  posters: PosterStore,
  out: Console,
): Promise<string> {
  await startBackend(config.backend);
  const backbone = (await loadBackbone(config.poster, posters.spec))!;
  let bar: Bar | undefined;
  const onFeatures = (done: number, total: number) => {
    bar ??= out.bar("poster features", total);
    bar.update(done);
  };
  try {
    const features = await featuresOf(backbone, { config, dataset, posters, onFeatures }, "poster");
    features.close();
  } finally {
    bar?.stop();
  }
  return backbone.sha256;
}
