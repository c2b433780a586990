/** Decoded, resized posters in one file on disk, keyed by the content of the image files. */

import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import pLimit from "p-limit";
import { removeLeftovers, sha256 } from "../../node/files.ts";
import { packageVersion } from "../../node/packageVersion.ts";
import { decodePoster } from "../../node/poster.ts";
import { InputError } from "../../predictor/errors.ts";
import { NO_MEMORY } from "../../predictor/image/decode.ts";
import { LIBRARIES } from "../../predictor/image/rowDecoder.ts";
import { type PosterSpec, resizePoster, sizeName } from "../../predictor/preprocess/poster.ts";
import type { Config } from "../config/schema.ts";
import { imageSpecOf } from "../inputs/image/options.ts";
import { imageOptions } from "../inputs/options.ts";
import type { DataIssue, Dataset } from "./dataset.ts";
import { imageNames, imageOf } from "./inputs.ts";
import type { LoadedDataset } from "./load.ts";
import { openPack, type Pack, type PackEntry, type PackFormat, writePack } from "./pack.ts";

/** Increased whenever the same image file would give other pixels. */
const PIXELS_VERSION = 1;

/** Posters decoded concurrently: decoding waits for the disk and libvips' threads, so four keep two cores busy. */
const IN_FLIGHT = 4;
/** Posters decoded ahead of the one being written; bounds memory. */
export const AHEAD = 16;

/**
 * Versions of the image decoders, part of the cache's identity: other versions may decode to other pixels, or accept other
 * files.
 */
function decoders(): string {
  const libraries = Object.values(LIBRARIES).map(({ library }) => library);
  return [...libraries, `@jsquash/avif ${packageVersion("@jsquash/avif")}`].join(", ");
}

/** The pack of posters of one size: a block of uint8 [height, width, 3] per image file, by its SHA-256. */
function formatOf(spec: PosterSpec): PackFormat {
  const { height, width } = spec;
  const cut = spec.scaled || spec.stretched ? ` (${sizeName(spec)})` : "";
  return {
    description: `posters ${PIXELS_VERSION}, ${height} x ${width}${cut}, ${decoders()}`,
    blockBytes: height * width * 3,
  };
}

/** A data set's posters, read from the cache file one at a time: memory use does not grow with their number. */
export interface PosterStore {
  readonly spec: PosterSpec;
  /** Number of images decoded when the store was opened, taken from the cache, and not usable. */
  readonly counts: { readonly decoded: number; readonly cached: number; readonly failed: number };
  /** One per image file that cannot be decoded. */
  readonly issues: readonly DataIssue[];
  has(path: string): boolean;
  /** Copies uint8 [height, width, 3] into `out`, starting at `offset`. @throws Error if the image is not in the store. */
  read(path: string, out: Uint8Array, offset?: number): void;
  close(): void;
  /** Stores of a data set's other image inputs, by name: their images may have another size. */
  readonly others?: Readonly<Record<string, PosterStore>>;
}

/** The store of an image input. */
export function imagesFor(store: PosterStore, input: string): PosterStore {
  return store.others?.[input] ?? store;
}

export interface PosterFiles {
  /** Paths of the image files. */
  readonly paths: readonly string[];
  readonly spec: PosterSpec;
  /** Path of the pack file. */
  readonly cacheFile: string;
  /** Issues name files relative to this folder. */
  readonly root: string;
  /** Where in the tables files come from whose content is there: issues name those instead. */
  readonly madeFiles?: Dataset["madeFiles"];
}

/** As part of a file's name. */
const fileNameOf = (spec: PosterSpec) => sizeName(spec).replaceAll(/, | /g, "-");

/** The size that images are scaled to. */
function imageSize(input: string | undefined, config: Config): PosterSpec {
  // Without images, nothing is ever scaled.
  if (input === undefined) return { height: 1, width: 1 };
  const { type: _, ...spec } = imageSpecOf(imageOptions(config, input), input);
  return spec;
}

/**
 * The image files of an input and its pack file, whose name depends on the data set, the size, and unless it is the only
 * one, on the input.
 *
 * @param input Name; default: the first image input, if there is one.
 */
export function posterFiles(
  { dataset, root }: LoadedDataset,
  config: Config,
  input = imageNames(dataset.inputs)[0],
): PosterFiles {
  const spec = imageSize(input, config);
  const whose = imageNames(dataset.inputs).length > 1 ? `-${input}` : "";
  const name = `posters-${dataset.sha256.slice(0, 12)}-${fileNameOf(spec)}${whose}.pack`;
  return {
    paths: dataset.movies.flatMap((movie) =>
      input === undefined ? [] : (imageOf(movie, input) ?? []),
    ),
    spec,
    cacheFile: join(config.cache, name),
    root,
    madeFiles: dataset.madeFiles,
  };
}

/**
 * Opens the stores of all image inputs.
 *
 * @param open Opens the store of one.
 * @returns The first input's, with the others in it.
 */
export async function openImageStores(
  loaded: LoadedDataset,
  config: Config,
  open: (files: PosterFiles) => Promise<PosterStore>,
): Promise<PosterStore> {
  const [first, ...names] = imageNames(loaded.dataset.inputs);
  const store = await open(posterFiles(loaded, config, first));
  const others: Record<string, PosterStore> = {};
  const close = () => {
    store.close();
    for (const other of Object.values(others)) other.close();
  };
  try {
    for (const name of names) others[name] = await open(posterFiles(loaded, config, name));
  } catch (error) {
    close();
    throw error;
  }
  const issues = [store, ...Object.values(others)].flatMap((each) => each.issues);
  return names.length === 0 ? store : { ...store, issues, close, others };
}

export interface PosterStoreOptions extends PosterFiles {
  /** Default: `decodePoster`. */
  readonly decode?: typeof decodePoster;
  readonly onProgress?: (done: number, total: number) => void;
  /** Called with a sentence if the cache file is damaged: what is sound in it is used, the rest is decoded again. */
  readonly onDamaged?: (text: string) => void;
}

/**
 * Opens the pack that another process has written, without decoding anything: an image that failed to decode there for a
 * temporary reason could succeed here, and the two processes would train on different posters.
 *
 * @throws Error if there is no such pack, or if any of it is damaged.
 */
export async function openMadePosterStore(files: PosterFiles): Promise<PosterStore> {
  const { cacheFile, spec } = files;
  const pack = openPack(cacheFile, formatOf(spec));
  if (!pack) throw new Error(`${cacheFile} was deleted or replaced by other posters; run again`);
  try {
    if (pack.damaged) throw new Error(`${cacheFile} was damaged while in use; run again`);
    const counts = { decoded: 0, cached: 0, failed: 0 };
    const keyOf = await hashFiles(files, pack, counts);
    return storeOf(pack, files, keyOf, new Map(), { ...counts, decoded: 0 });
  } catch (error) {
    pack.close();
    throw error;
  }
}

/** Decodes the posters that the cache lacks or has damaged, rewrites the cache file and opens it; only a few posters are in memory. */
export async function openPosterStore(options: PosterStoreOptions): Promise<PosterStore> {
  const { cacheFile, spec } = options;
  await removeLeftovers(cacheFile);
  const old = openPack(cacheFile, formatOf(spec));
  let pack: Pack | undefined;
  try {
    const counts = { decoded: 0, cached: 0, failed: 0 };
    const keyOf = await hashFiles(options, old, counts);
    if (old?.damaged) {
      options.onDamaged?.(
        `${cacheFile} is damaged; ${counts.decoded} of ${options.paths.length} posters are decoded again`,
      );
    }
    const failures = new Map<string, string>();
    pack = isUpToDate(old, keyOf) ? old : await renew(options, old, keyOf, failures);
    return storeOf(pack!, options, keyOf, failures, counts);
  } finally {
    if (old !== pack) old?.close();
  }
}

/** SHA-256 (hex) of each image file by path; counts the cached ones and those to be decoded. */
async function hashFiles(
  { paths, onProgress }: Pick<PosterStoreOptions, "paths" | "onProgress">,
  old: Pack | undefined,
  counts: { decoded: number; cached: number },
): Promise<Map<string, string>> {
  const limit = pLimit(IN_FLIGHT);
  const keys = await Promise.all(
    paths.map((path) => limit(async () => sha256(await readFile(path)))),
  );
  const keyOf = new Map<string, string>();
  for (const [i, path] of paths.entries()) {
    keyOf.set(path, keys[i]!);
    if (isKnown(old, keys[i]!)) counts.cached++;
    else counts.decoded++;
  }
  for (let done = 1; done <= counts.cached; done++) onProgress?.(done, paths.length);
  return keyOf;
}

/** Whether the pack has the image's pixels, or why there are none. */
function isKnown(pack: Pack | undefined, key: string): boolean {
  return pack !== undefined && (pack.has(key) || pack.errorOf(key) !== undefined);
}

function isUpToDate(old: Pack | undefined, keyOf: ReadonlyMap<string, string>): boolean {
  if (!old || old.damaged) return false;
  const keys = new Set(keyOf.values());
  return keys.size === old.size && [...keys].every((key) => isKnown(old, key));
}

/**
 * Writes a new pack from the posters in `old` and newly decoded ones.
 *
 * @param failures Receives errors, by key, of images that failed for a temporary reason and should be tried again.
 */
function renew(
  options: PosterStoreOptions,
  old: Pack | undefined,
  keyOf: ReadonlyMap<string, string>,
  failures: Map<string, string>,
): Promise<Pack> {
  const { paths, spec, cacheFile, decode = decodePoster } = options;
  const format = formatOf(spec);
  const limit = pLimit(IN_FLIGHT);
  const pathsOf = new Map<string, string[]>();
  for (const path of paths) {
    const key = keyOf.get(path)!;
    const same = pathsOf.get(key);
    if (same) same.push(path);
    else pathsOf.set(key, [path]);
  }
  let done = paths.filter((path) => isKnown(old, keyOf.get(path)!)).length;

  async function make(key: string, [path, ...others]: string[]): Promise<PackEntry> {
    const failure = old?.errorOf(key);
    if (failure !== undefined) return { key, error: failure };
    if (old?.has(key)) return { key, bytes: copyOf(old, key, format) };
    const bytes = await readFile(path!);
    if (sha256(bytes) !== key)
      throw new Error(`${path} changed while it was being read; run again`);
    try {
      return { key, bytes: resizePoster(await decode(bytes), spec) };
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return { key, error: error.message };
    } finally {
      for (const _ of [path, ...others]) options.onProgress?.(++done, paths.length);
    }
  }

  async function* posters(): AsyncGenerator<PackEntry> {
    const work = [...pathsOf].map(
      ([key, list]) =>
        () =>
          limit(() => make(key, list)),
    );
    for await (const poster of inOrder(work, AHEAD)) {
      if ("error" in poster && poster.error.includes(NO_MEMORY)) {
        failures.set(poster.key, poster.error);
      } else yield poster;
    }
  }
  return writePack(cacheFile, format, posters());
}

/** Runs tasks with at most `ahead` of them started but not yet yielded; yields results in the order of the tasks. */
async function* inOrder<T>(tasks: readonly (() => Promise<T>)[], ahead: number): AsyncGenerator<T> {
  const pending: Promise<T>[] = [];
  for (const start of tasks) {
    const result = start();
    result.catch(() => {}); // handled when it is awaited below
    pending.push(result);
    if (pending.length === ahead) yield await pending.shift()!;
  }
  for (const result of pending) yield await result;
}

function copyOf(pack: Pack, key: string, { blockBytes }: PackFormat): Uint8Array {
  const bytes = new Uint8Array(blockBytes);
  pack.read(key, bytes);
  return bytes;
}

function storeOf(
  pack: Pack,
  { paths, spec, root, madeFiles }: PosterFiles,
  keyOf: ReadonlyMap<string, string>,
  failures: ReadonlyMap<string, string>,
  counts: PosterStore["counts"],
): PosterStore {
  const issues = paths.flatMap((path): DataIssue[] => {
    const key = keyOf.get(path)!;
    const error = pack.errorOf(key) ?? failures.get(key);
    if (error === undefined) return [];
    const place = madeFiles?.get(path) ?? { file: relative(root, path) };
    return [{ ...place, message: error.replace(/^poster: /, "") }];
  });
  const has = (path: string) => pack.has(keyOf.get(path) ?? "");
  return {
    spec,
    counts: { ...counts, failed: issues.length },
    issues,
    has,
    read(path, out, offset) {
      if (!has(path)) throw new Error(`${path} is not in the poster cache`);
      pack.read(keyOf.get(path)!, out, offset);
    },
    close: pack.close,
  };
}
