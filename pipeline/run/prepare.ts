/** The first stage of a run: what it reads, where it writes, and what it computes on. */

import { basename, resolve } from "node:path";
import { removeAllLeftovers } from "../../node/files.ts";
import { whyNoFolder } from "../../node/writable.ts";
import { type Identity, identityOf } from "../checkpoint/identity.ts";
import { openRunFolder, type RunFolder } from "../checkpoint/runFolder.ts";
import type { Console } from "../common/console.ts";
import { differences, effective, published } from "../config/compare.ts";
import type { Config } from "../config/schema.ts";
import { imageFolder } from "../dataset/imageFiles.ts";
import type { LoadedDataset } from "../dataset/load.ts";
import type { PosterStore } from "../dataset/posterCache.ts";
import {
  checkApart,
  checkTarget,
  freeTarget,
  type Origin,
  type Permission,
  type PreviousBundle,
  resolveTarget,
} from "../publish/target.ts";
import { readVersions } from "../report/provenance.ts";
import { startBackend } from "../train/backend.ts";
import { setWasmThreads } from "../train/wasmThreads.ts";

/** Folder of bundles that no `--out` names. */
const MODELS = "models";

export interface PreparedRun {
  /** With the backend that was chosen: fold processes take it, and so does whoever repeats the run. */
  readonly config: Config;
  readonly loaded: LoadedDataset;
  readonly posters: PosterStore;
  /** As reports name it. */
  readonly backend: string;
  readonly versions: Readonly<Record<string, string>>;
  /** Absolute path of the bundle. */
  readonly path: string;
  /** What publishing may replace there. */
  readonly permission: Permission;
  readonly folder: RunFolder;
  /** Everything that the run's trainings depend on. */
  readonly identity: Identity;
}

/**
 * Starts the backend, chooses the bundle's folder and takes that of the checkpoints. Everything that publishing will refuse is
 * refused here: after an hour of training it would be too late.
 *
 * @throws Error that says what is wrong and where.
 */
export async function prepareRun(
  given: Config,
  { loaded, posters }: { readonly loaded: LoadedDataset; readonly posters: PosterStore },
  out: Console,
): Promise<PreparedRun> {
  const { dataset } = loaded;
  setWasmThreads(given.threads);
  const { name, description: backend } = await startBackend(given.backend, out.line);
  const config = { ...given, backend: name };
  const versions = readVersions();
  const origin = {
    dataset: dataset.name,
    datasetSha256: dataset.sha256,
    config: published(config),
  };
  const path = await targetOf(config, origin);
  const permission = { origin, overwrite: config.overwrite };
  const previous = await checkTarget(path, permission);
  if (previous) out.line(`  ${describeReplacement(path, previous, origin)}`);
  const identity = await identityOf(config, dataset, posters, versions);
  const { cache, resume } = config;
  const logs = logFolder(config, path);
  const folder = await openRunFolder({ cache, target: path, identity, resume, logs }, out);
  return { config, loaded, posters, backend, versions, path, permission, folder, identity };
}

/** What a user loses, and how it differs from what takes its place. */
function describeReplacement(path: string, previous: PreviousBundle, origin: Origin): string {
  const changes = differences(effective(previous.config), effective(origin.config));
  const differs = [
    ...(previous.datasetSha256 === origin.datasetSha256 ? [] : ["of another data set"]),
    ...(changes.length === 0 ? [] : [`with other options: ${changes.join(", ")}`]),
  ];
  const which = differs.length === 0 ? "of the same data set and options" : differs.join(", ");
  return `the bundle in ${path} (${previous.dataset}, ${previous.createdAt}), ${which}, will be replaced`;
}

/**
 * What can be refused before anything is read.
 *
 * @throws Error naming the option of the folder that the run could not use.
 */
export async function checkPaths(config: Config): Promise<void> {
  if (config.out !== undefined) {
    const path = await resolveTarget(config.out);
    await checkApart(path, foldersOf(config));
    await checkTarget(path);
  }
  const { cache, log, logDir, storage } = config;
  await checkWritable({
    "--cache": cache,
    "--log-dir": log ? logDir : undefined,
    "--storage": storage,
  });
  await removeAllLeftovers(config.cache);
  await removeAllLeftovers(imageFolder(config.cache));
}

/**
 * @param folders By their options.
 * @throws Error naming the option of a folder that nothing can be made in.
 */
async function checkWritable(folders: Readonly<Record<string, string | undefined>>): Promise<void> {
  for (const [option, folder] of Object.entries(folders)) {
    const why = folder === undefined ? undefined : await whyNoFolder(resolve(folder));
    if (why !== undefined) {
      throw new Error(`${option} ${folder} is of no use: ${why}. Give another ${option}.`);
    }
  }
}

async function targetOf(config: Config, origin: Origin): Promise<string> {
  if (config.out !== undefined) return resolveTarget(config.out);
  const path = await freeTarget(resolve(MODELS), basename(origin.dataset), origin);
  await checkApart(path, foldersOf(config));
  return path;
}

/** Folders that the bundle must be apart from, by their options. */
function foldersOf({ data, cache, log, logDir }: Config): Record<string, string | undefined> {
  return { "--data": data, "--cache": cache, "--log-dir": log ? logDir : undefined };
}

/** A folder per run: a run that starts again does not write over the logs of the one before. */
function logFolder({ log, logDir }: Config, path: string): string | undefined {
  const time = new Date().toISOString().slice(0, -1).replaceAll(/[:.]/g, "-");
  return log ? resolve(logDir, basename(path), time) : undefined;
}
