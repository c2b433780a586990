/** What one machine has prepared for trainings, and others need not prepare again: decoded images, features, and files that options name. */

import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import * as z from "zod";
import { sha256 } from "../../node/files.ts";
import { packageVersion } from "../../node/packageVersion.ts";
import type { Identity } from "../checkpoint/identity.ts";
import type { Config } from "../config/schema.ts";
import { imageNames, textNames } from "../dataset/inputs.ts";
import type { LoadedDataset } from "../dataset/load.ts";
import { posterFiles } from "../dataset/posterCache.ts";
import { imageOptions, textOptions } from "../inputs/options.ts";

export interface PreparedFile {
  /** Says what has to be in it: files of one name are the same on all machines. Parts between "/". */
  readonly name: string;
  /** On this machine. */
  readonly path: string;
}

export interface PreparedOptions {
  readonly config: Config;
  readonly loaded: LoadedDataset;
  /** Hashes of what the trainings read. */
  readonly data: Identity["data"];
  /** Files with the features of frozen backbones, by input. */
  readonly features: Readonly<Record<string, string>>;
}

/** @throws Error if a backbone's model.json cannot be read. */
export async function preparedFiles(options: PreparedOptions): Promise<PreparedFile[]> {
  const { config, loaded, data, features } = options;
  const { inputs } = loaded.dataset;
  const files = imagePacks(options);
  for (const name of textNames(inputs)) {
    const digest = data.files[vectorsOf(name)];
    const { embeddings } = textOptions(config, inputs, name);
    if (digest !== undefined && embeddings !== undefined) {
      files.push({ name: vectorsName(digest), path: embeddings });
    }
  }
  for (const name of imageNames(inputs)) {
    const { backbone } = imageOptions(config, name);
    const digest = data.files[backboneOf(name)];
    if (digest === undefined || backbone === undefined || isRemote(backbone)) continue;
    // Encoders are folders of their own, which every machine has to have.
    if (!backbone.endsWith(".json")) continue;
    for (const path of [...weightPaths(await readFile(backbone, "utf8")), MODEL]) {
      const place = path === MODEL ? backbone : join(dirname(backbone), path);
      files.push({ name: backboneName(digest, path), path: place });
    }
    const path = features[name];
    if (path !== undefined) files.push({ name: featuresName(name, options), path });
  }
  return files;
}

/** The files with the decoded images, one per input. */
export function imagePacks({
  config,
  loaded,
  data,
}: Omit<PreparedOptions, "features">): PreparedFile[] {
  return imageNames(loaded.dataset.inputs).map((input) => {
    const { cacheFile: path } = posterFiles(loaded, config, input);
    return { name: `images/${data.posters}/${basename(path)}`, path };
  });
}

/** Names of hashes in an identity. */
export const vectorsOf = (input: string) => `${input} embeddings`;
export const backboneOf = (input: string) => `${input} backbone`;

export const vectorsName = (digest: string) => `vectors/${digest}`;
export const backboneName = (digest: string, path: string) => `backbones/${digest}/${path}`;

/** Name of the features of an input's images: they depend on the images, the backbone and what computes them. */
export function featuresName(
  input: string,
  { config, data }: Pick<PreparedOptions, "config" | "data">,
): string {
  const { height, width, backboneLayers, backboneScale } = imageOptions(config, input);
  const runtime = packageVersion("onnxruntime-node");
  const parts = [data.posters, data.files[backboneOf(input)], height, width, backboneLayers];
  return `features/${sha256(JSON.stringify([...parts, backboneScale, input, runtime]))}`;
}

/** The file of a backbone that names the others. */
export const MODEL = "model.json";

export const isRemote = (path: string) => /^https?:\/\//.test(path);

const modelSchema = z.object({
  weightsManifest: z
    .array(z.object({ paths: z.array(z.string().regex(/^[A-Za-z0-9_-][\w.-]*$/)) }))
    .default([]),
});

/**
 * @param json Content of a model.json.
 * @returns Names of its weight files, if all are beside it; of others, machines have to have their own.
 */
export function weightPaths(json: string): string[] {
  const model = modelSchema.safeParse(JSON.parse(json));
  return model.data?.weightsManifest.flatMap(({ paths }) => paths) ?? [];
}
