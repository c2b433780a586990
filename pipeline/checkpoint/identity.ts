/** Everything that a trained model's bits depend on; a run resumes only from checkpoints with the same identity. */

import { sha256File } from "../../node/files.ts";
import { effective, type Options } from "../config/compare.ts";
import type { Config } from "../config/schema.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { imageNames, textNames } from "../dataset/inputs.ts";
import type { PosterStore } from "../dataset/posterCache.ts";
import { digestPixels } from "../dataset/posterDigest.ts";
import type { ImageOptions } from "../inputs/image/options.ts";
import { sectionOf } from "../inputs/options.ts";
import type { TextOptions } from "../inputs/text/options.ts";
import { hashBackbone } from "../model/backbone.ts";

/** Increased whenever older states can no longer be read, or are of other items of the same data set. */
export const FORMAT = 6;

/** Hashes are SHA-256, hexadecimal. */
export interface Identity {
  readonly format: number;
  /** Options with an effect, including the seed and the backend that was chosen. */
  readonly options: Options;
  readonly data: {
    readonly tables: string;
    readonly posters: string;
    /** SHA-256 of word vectors and backbones, by input and option. */
    readonly files: Readonly<Record<string, string>>;
  };
  /** Versions of Node and of the packages that compute. */
  readonly versions: Readonly<Record<string, string>>;
}

export async function identityOf(
  config: Config,
  dataset: Dataset,
  posters: PosterStore,
  versions: Readonly<Record<string, string>>,
): Promise<Identity> {
  const files: Record<string, string> = {};
  for (const name of textNames(dataset.inputs)) {
    const { group = name } = dataset.inputs[name]!;
    const options = sectionOf(config, group) as unknown as TextOptions;
    const { embeddings } = options;
    if (embeddings !== undefined)
      files[`${name} embeddings`] = (await sha256File(embeddings)).sha256;
    const backbone = await hashBackbone(options, group, "words");
    if (backbone !== undefined) files[`${name} backbone`] = backbone;
  }
  for (const name of imageNames(dataset.inputs)) {
    const options = sectionOf(config, name) as unknown as ImageOptions;
    const backbone = await hashBackbone(options, name);
    if (backbone !== undefined) files[`${name} backbone`] = backbone;
  }
  return {
    format: FORMAT,
    options: effective(config),
    data: {
      tables: dataset.sha256,
      posters: digestPixels(dataset, posters),
      files,
    },
    versions,
  };
}
