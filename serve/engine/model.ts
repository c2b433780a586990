/** A bundle that answers: its threads, its batches, its predictions. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type Bundle,
  openBundle,
  openManifest,
  resolveBundlePath,
  versionOf,
} from "../../node/bundle.ts";
import { sha256 } from "../../node/files.ts";
import type { Provider } from "../../node/session.ts";
import type { Answer } from "../../predictor/answerTypes.ts";
import { InputError } from "../../predictor/errors.ts";
import type { Item } from "../../predictor/inputs/inputType.ts";
import { groupsOf } from "../../predictor/item.ts";
import type { Manifest, Precision } from "../../predictor/manifest.ts";
import { PROFILE_FILE, type Profile, readProfile } from "../../predictor/profile.ts";
import { Batcher, type BatcherOptions, type Waiter } from "./batcher.ts";
import { paddable, predictItem, tensorItem } from "./batchItems.ts";
import { DriftWindow } from "./driftWindow.ts";
import type { ImageCache } from "./imageCache.ts";
import { imageInputs, scaledImage } from "./images.ts";
import { LargeImages } from "./largeImages.ts";
import type { PredictJob, PredictResult } from "./predictJob.ts";
import { concatenate, rowsOf, sliceRows, type Tensors } from "./tensors.ts";
import { startThreads, type ThreadOptions, type Threads } from "./threads.ts";

/** Defaults: a CPU's caches hold few images; a GPU wants large batches, which are worth a wait. */
export const MAX_BATCH = { cpu: 8, gpu: 64 };
export const MAX_DELAY_MS = { cpu: 0, gpu: 2 };

/** What is known of a bundle before its graph is read. */
export interface ModelInfo {
  readonly manifest: Manifest;
  /** Names the bundle's content: the first digits of its manifest's SHA-256. */
  readonly version: string;
  /** Markdown; undefined where the bundle has none. */
  readonly card: string | undefined;
}

export interface Model extends ModelInfo {
  readonly precision: Precision;
  readonly provider: Provider;
  readonly refused: Threads["refused"];
  /** @throws InputError naming the field that is wrong. */
  readonly predict: (job: PredictJob, waiter?: Waiter) => Promise<Answer>;
  /** Runs the graph on raw tensors, which become the model's own, in the same batches. */
  readonly run: (feeds: Tensors, waiter?: Waiter) => Promise<Tensors>;
  /** Items that wait. */
  readonly depth: () => number;
  /** Undefined where the bundle has no profile. */
  readonly drift: DriftWindow | undefined;
  /** Why the bundle's profile cannot be used. */
  readonly driftIssue: string | undefined;
  /** Has something closed with the model. */
  readonly onClose: (work: () => Promise<void>) => void;
  close(): Promise<void>;
}

export interface ModelOptions
  extends Omit<ThreadOptions, "observe" | "returnPixels">,
    Pick<BatcherOptions, "expected" | "onBatch" | "onWait"> {
  readonly precision: Precision;
  /** What the model is called, instead of the manifest's name. */
  readonly name?: string | undefined;
  /** Throws if the caller cannot use the bundle. */
  readonly check?: (manifest: Manifest) => void;
  /** 0 leaves it to the provider. */
  readonly maxBatch: number;
  /** Undefined leaves it to the provider. */
  readonly maxDelayMs?: number | undefined;
  readonly images: ImageCache;
  /** Items of the window that drift is computed from; 0: not watching for drift. */
  readonly driftItems: number;
  /** Decodes what is large, for several models; a model without closes its own. */
  readonly largeImages?: LargeImages;
  /** Called for each image that is decoded in a thread of its own, with the time it took. */
  readonly onDecode?: (seconds: number) => void;
}

/**
 * Reads a bundle's manifest and model card, and no graph.
 *
 * @throws Error naming what is wrong with the manifest.
 */
export async function readModelInfo(
  path: string,
  { name, check }: Pick<ModelOptions, "name" | "check">,
): Promise<ModelInfo> {
  const manifest = await openManifest(path);
  check?.(manifest);
  return {
    manifest: named(manifest, name),
    version: versionOf(manifest),
    card: await readCard(resolveBundlePath(path)),
  };
}

/**
 * Opens a bundle, checks its files, starts its threads and runs a trial batch in each.
 *
 * @throws Error naming what is wrong with the bundle.
 */
export async function openModel(path: string, options: ModelOptions): Promise<Model> {
  const bundle = await openBundle(path, options.precision);
  options.check?.(bundle.manifest);
  const manifest = named(bundle.manifest, options.name);
  const { profile, issue: driftIssue } = await openProfile(bundle, options.driftItems);
  const drift = profile && new DriftWindow(profile, options.driftItems);
  const threads = await startThreads(bundle, manifest, {
    ...options,
    observe: drift !== undefined,
    returnPixels: options.images.isEnabled,
  });
  const kind = threads.provider === "cpu" ? "cpu" : "gpu";
  const maxBatch = options.maxBatch || MAX_BATCH[kind];
  const batcher = new Batcher(threads.all, {
    ...options,
    maxBatch,
    maxDelayMs: options.maxDelayMs ?? MAX_DELAY_MS[kind],
    spread: kind === "cpu",
  });
  const own = options.largeImages ? undefined : largeImagesFor(options);
  const large = options.largeImages ?? own!;
  const predict = createPredict({ batcher, large, manifest, drift, options });
  const others: (() => Promise<void>)[] = [];
  const close = async () => {
    await Promise.all([threads.close(), own?.close(), ...others.map((work) => work())]);
  };
  try {
    // The trial batches ran; this one also checks that the outputs are those the predictor reads.
    await predict({ item: {} });
    drift?.clear();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    manifest,
    predict,
    run: createRun(batcher, maxBatch, manifest),
    close,
    onClose: (work) => void others.push(work),
    drift,
    driftIssue,
    version: bundle.version,
    card: await readCard(bundle.path),
    precision: options.precision,
    provider: threads.provider,
    refused: threads.refused,
    depth: () => batcher.depth,
  };
}

/** As many threads as run the graph. */
export function largeImagesFor(
  options: Pick<ModelOptions, "workers" | "imageLimits">,
): LargeImages {
  return new LargeImages({ threads: options.workers, imageLimits: options.imageLimits });
}

interface PredictOptions {
  readonly batcher: Batcher;
  readonly large: LargeImages;
  readonly manifest: Manifest;
  readonly drift: DriftWindow | undefined;
  readonly options: Pick<ModelOptions, "images" | "onDecode">;
}

function createPredict(made: PredictOptions): Model["predict"] {
  const { batcher, large, manifest, drift, options } = made;
  const { images: cache, onDecode } = options;
  const images = imageInputs(manifest.inputs);
  const groups = groupsOf(manifest.inputs).size;
  return async (job, waiter) => {
    const run = (item: Item) => batcher.add(predictItem({ ...job, item }, groups), waiter);
    const item: Record<string, unknown> = { ...job.item };
    const found = new Map<string, string>();
    for (const { name, spec } of images) {
      const file = item[name];
      const cached = file instanceof Uint8Array ? await cache.find(file, spec) : undefined;
      if (cached?.pixels) item[name] = scaledImage(cached.pixels, spec);
      else if (cached) found.set(name, cached.key);
    }
    const keep = (name: string, pixels: Uint8Array) => {
      const key = found.get(name);
      if (key !== undefined) cache.store(key, pixels);
    };
    const keepAll = ({ pixels = {} }: PredictResult) => {
      for (const [name, decoded] of Object.entries(pixels)) keep(name, decoded);
    };
    let result = await run(item);
    keepAll(result);
    if (result.large) {
      for (const { name, ...size } of result.large) {
        const image = images.find((each) => each.name === name)!;
        const start = performance.now();
        const file = item[name] as Uint8Array;
        const pixels = await large.decode({ file, ...image, ...size }, waiter?.signal);
        const end = performance.now();
        onDecode?.((end - start) / 1000);
        waiter?.onStage?.("decode", start, end);
        keep(name, pixels);
        item[name] = scaledImage(pixels, image.spec);
      }
      result = await run(item);
    }
    const { answer, issue, observation } = result;
    if (observation) drift?.add(observation);
    if (issue) throw new InputError(issue.field, issue.issue);
    return answer!;
  };
}

/** Feeds of more rows than a batch holds are run in parts. */
function createRun(batcher: Batcher, maxBatch: number, { graph }: Manifest): Model["run"] {
  const padded = paddable(graph.inputs, graph.outputs);
  return async (feeds, waiter) => {
    const rows = rowsOf(feeds);
    if (rows <= maxBatch) return batcher.add(tensorItem(feeds, padded), waiter);
    const parts: Promise<Tensors>[] = [];
    for (let from = 0; from < rows; from += maxBatch) {
      const part = sliceRows(feeds, from, Math.min(rows, from + maxBatch));
      parts.push(batcher.add(tensorItem(part, padded), waiter));
    }
    return concatenate(await Promise.all(parts));
  };
}

function named(manifest: Manifest, name: string | undefined): Manifest {
  return name === undefined ? manifest : { ...manifest, name };
}

/**
 * The bundle's profile. Those from before version 0.2 have none, and the server starts without one that cannot be used.
 *
 * @throws Error if another bundle has come since its checksum was compared.
 */
async function openProfile(
  { path, manifest }: Bundle,
  driftItems: number,
): Promise<{ readonly profile?: Profile; readonly issue?: string }> {
  const expected = manifest.files[PROFILE_FILE];
  if (expected === undefined || driftItems === 0) return {};
  const text = await readFile(join(path, PROFILE_FILE), "utf8");
  if (sha256(text) !== expected.sha256)
    throw new Error(`${PROFILE_FILE} has changed in the meantime`);
  try {
    return { profile: readProfile(text, manifest) };
  } catch (error) {
    return { issue: (error as Error).message };
  }
}

async function readCard(path: string): Promise<string | undefined> {
  return readFile(join(path, "README.md"), "utf8").catch(() => undefined);
}
