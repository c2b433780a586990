/** Prepared files through the storage: who asks for trainings offers them, and workers that lack them fetch them once. */

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import * as z from "zod";
import { sha256File } from "../../../node/files.ts";
import { type Storage, sha256Schema } from "../../../node/storage/storage.ts";
import type { Identity } from "../../checkpoint/identity.ts";
import type { Config } from "../../config/schema.ts";
import { imageNames, textNames } from "../../dataset/inputs.ts";
import type { LoadedDataset } from "../../dataset/load.ts";
import { imageOptions, sectionOf, textOptions } from "../../inputs/options.ts";
import { hashBackbone } from "../../model/backbone.ts";
import {
  backboneName,
  backboneOf,
  featuresName,
  imagePacks,
  MODEL,
  type PreparedFile,
  vectorsName,
  vectorsOf,
  weightPaths,
} from "../prepared.ts";

/** What a name in the storage stands for. */
const offerSchema = z.strictObject({
  sha256: sha256Schema,
  /** Name of the file. */
  file: z.string().regex(/^[\w-][\w.-]*$/),
});

const nameOf = (name: string) => `prepared/${name}`;

/** Puts files into the storage unless it has them. */
export async function offer(storage: Storage, files: readonly PreparedFile[]): Promise<void> {
  for (const { name, path } of files) {
    if ((await storage.named(nameOf(name))) !== undefined) continue;
    const reference = { sha256: await storage.putFile(path), file: basename(path) };
    await storage.name(nameOf(name), JSON.stringify(reference));
  }
}

export interface FetchOptions {
  readonly storage: Storage;
  readonly config: Config;
  readonly loaded: LoadedDataset;
  /** Hashes that the job names. */
  readonly data: Identity["data"];
  readonly say: (text: string) => void;
}

/**
 * Fetches what this machine lacks: into the cache, where it stays. What the storage does not have is prepared here, as without
 * a storage.
 *
 * @returns The configuration, with the paths of fetched word vectors and backbones.
 */
export async function fetchPrepared(options: FetchOptions): Promise<Config> {
  const { loaded, data } = options;
  const { inputs } = loaded.dataset;
  let { config } = options;
  for (const { name, path } of imagePacks(options)) await fetchFile(name, path, options);
  for (const input of textNames(inputs)) {
    const digest = data.files[vectorsOf(input)];
    if (digest === undefined) continue;
    const path = await vectorsHere(input, digest, options);
    if (path === undefined) continue;
    const group = inputs[input]!.group ?? input;
    config = { ...config, [group]: { ...sectionOf(config, group), embeddings: path } };
  }
  for (const input of imageNames(inputs)) {
    const digest = data.files[backboneOf(input)];
    if (digest === undefined) continue;
    const path = await backboneHere(input, digest, options);
    if (path !== undefined) {
      config = { ...config, [input]: { ...sectionOf(config, input), backbone: path } };
    }
    await fetchInto(featuresName(input, options), options);
  }
  return config;
}

/** @returns Path of the word vectors, if they are not where the options say. */
async function vectorsHere(
  input: string,
  digest: string,
  options: FetchOptions,
): Promise<string | undefined> {
  const { config, loaded } = options;
  const hashOf = async (path: string) => (await sha256File(path).catch(() => undefined))?.sha256;
  const { embeddings } = textOptions(config, loaded.dataset.inputs, input);
  if (embeddings !== undefined && (await hashOf(embeddings)) === digest) return undefined;
  const path = join(folderOf(config, digest), "vectors");
  if ((await hashOf(path)) === digest) return path;
  return (await fetchFile(vectorsName(digest), path, options, true)) ? path : undefined;
}

/** @returns Path of the backbone's model.json, if it is not where the options say. */
async function backboneHere(
  input: string,
  digest: string,
  options: FetchOptions,
): Promise<string | undefined> {
  const { config } = options;
  const given = imageOptions(config, input);
  const hashOf = (backbone: string | undefined) =>
    hashBackbone({ ...given, backbone }, input).catch(() => undefined);
  if ((await hashOf(given.backbone)) === digest) return undefined;
  const folder = folderOf(config, digest);
  const path = join(folder, MODEL);
  if ((await hashOf(path)) === digest) return path;
  const fetched = (file: string) =>
    fetchFile(backboneName(digest, file), join(folder, file), options, true);
  if (!(await fetched(MODEL))) return undefined;
  for (const file of weightPaths(await readFile(path, "utf8"))) {
    if (!(await fetched(file))) return undefined;
  }
  return path;
}

function folderOf({ cache }: Config, digest: string): string {
  return join(cache, "fetched", digest);
}

/** @param replace Whether to fetch it although there is a file. @returns Whether it is there. */
function fetchFile(
  name: string,
  path: string,
  options: FetchOptions,
  replace = false,
): Promise<boolean> {
  return fetchAs(name, () => path, options, replace);
}

/** Into the cache, under the name that the features' file had where they were computed. */
function fetchInto(name: string, options: FetchOptions): Promise<boolean> {
  const pathOf = (file: string) => {
    if (!FEATURES.test(file)) throw new Error(`"${file}" is not a feature file`);
    return join(options.config.cache, file);
  };
  return fetchAs(name, pathOf, options, false);
}

/** As `computePosterFeatures` names them. */
const FEATURES = /^features-[0-9a-f]+\.pack$/;

async function fetchAs(
  name: string,
  pathOf: (file: string) => string,
  { storage, say }: FetchOptions,
  replace: boolean,
): Promise<boolean> {
  try {
    const text = await storage.named(nameOf(name));
    if (text === undefined) return false;
    const { sha256, file } = offerSchema.parse(JSON.parse(text));
    const path = pathOf(file);
    if (!replace && existsSync(path)) return true;
    await storage.getFile(sha256, path);
    say(`fetched ${basename(path)} from ${storage.url}`);
    return true;
  } catch (error) {
    say(`cannot fetch ${name} (${(error as Error).message}); preparing it here`);
    return false;
  }
}
