/** Jobs -> results, in the thread that has the session: files are decoded, and the graph runs once for all. */

import { deserialize } from "node:v8";
import { decodeScaled, type ImageLimits } from "../../node/poster.ts";
import { toAnswer } from "../../predictor/answer.ts";
import { InputError } from "../../predictor/errors.ts";
import { explainItem } from "../../predictor/explain.ts";
import { inspectImage } from "../../predictor/image/inspect.ts";
import type { Item } from "../../predictor/inputs/inputType.ts";
import type { Predictor } from "../../predictor/predictor.ts";
import type { createObserver } from "../../predictor/profile.ts";
import { type NamedImage, scaledImage } from "./images.ts";
import type { PredictJob, PredictResult } from "./predictJob.ts";

/** Pixels that take about five times as long to decode as the graph runs; other items must not wait for more. */
const LARGE_PIXELS = 1_500_000;

type Observer = ReturnType<typeof createObserver>;

interface Options {
  readonly predictor: Predictor;
  readonly images: readonly NamedImage[];
  /** Limits of one image. */
  readonly imageLimits: ImageLimits;
  /** Undefined where nobody watches for drift. */
  readonly observe?: Observer | undefined;
}

/** A job and what is known of its result so far. */
interface PendingJob {
  readonly job: PredictJob;
  readonly result: { -readonly [Key in keyof PredictResult]: PredictResult[Key] };
  /** With its images decoded; undefined where the job's item is wrong, or an image large. */
  item?: Item;
}

/**
 * @returns In the jobs' order; an item that is wrong has its issue there, and does not affect the others.
 * @throws Error if the graph fails.
 */
export async function runPredictJobs(
  jobs: readonly PredictJob[],
  options: Options,
): Promise<PredictResult[]> {
  const all = jobs.map((job): PendingJob => ({ job, result: {} }));
  for (const pending of all) {
    await attempt([pending], async () => {
      const item = await decodeImages(pending, options);
      if (!pending.result.large) pending.item = item;
    });
  }
  const ready = all.filter(({ item }) => item !== undefined);
  await predictAll(
    ready.filter(({ job }) => !job.explain),
    options,
  );
  for (const pending of ready.filter(({ job }) => job.explain)) {
    const { job, item, result } = pending;
    await attempt([pending], async () => {
      const explanation = await explainItem(options.predictor, item!);
      const features = options.observe && options.predictor.encode(item!);
      if (features) result.observation = options.observe!(features, explanation.prediction);
      result.answer = toAnswer(options.predictor.target, explanation.prediction, job, explanation);
    });
  }
  return all.map(({ result }) => result);
}

/** The item with images instead of files, but for large ones, which the result names. */
async function decodeImages(
  { job, result }: PendingJob,
  { images, imageLimits }: Options,
): Promise<Item> {
  const decoded: Record<string, unknown> = {};
  for (const { name, spec } of images) {
    const file = job.item[name];
    if (!(file instanceof Uint8Array)) continue;
    const start = performance.now();
    const info = inspectImage(file, name, imageLimits.pixels, imageLimits.avif?.pixels);
    // AVIF takes twenty times as long as the others.
    const pixelCount = info.width * info.height;
    const isAvif = info.format === "avif";
    if (pixelCount > LARGE_PIXELS || isAvif) {
      result.large = [...(result.large ?? []), { name, pixels: pixelCount, isAvif }];
      continue;
    }
    const pixels = await decodeScaled(file, spec, name, imageLimits, info);
    result.pixels = { ...result.pixels, [name]: pixels };
    const seconds = (performance.now() - start) / 1000;
    result.decodeSeconds = [...(result.decodeSeconds ?? []), seconds];
    decoded[name] = scaledImage(pixels, spec);
  }
  return { ...unpack(job.packed), ...job.item, ...decoded };
}

function unpack(packed: Uint8Array | undefined): Item {
  return packed ? (deserialize(packed) as Item) : {};
}

/** One batch; if an item in it is wrong, each by itself. */
async function predictAll(
  pending: readonly PendingJob[],
  options: Pick<Options, "predictor" | "observe">,
): Promise<void> {
  const { predictor, observe } = options;
  if (pending.length === 0) return;
  const succeeded = await attempt(pending, async () => {
    const features = pending.map(({ item }) => predictor.encode(item!));
    const predictions = await predictor.predictEncoded(features);
    for (const [i, { job, result }] of pending.entries()) {
      if (observe) result.observation = observe(features[i]!, predictions[i]!);
      result.answer = toAnswer(predictor.target, predictions[i]!, job);
    }
  });
  if (!succeeded && pending.length > 1) {
    for (const each of pending) await predictAll([each], options);
  }
}

/** @returns Whether it succeeded; if not, and there is one job only, that one has the issue. */
async function attempt(
  pending: readonly PendingJob[],
  work: () => Promise<void>,
): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const { field, issue = error.detail } = error;
    if (pending.length === 1) pending[0]!.result.issue = { field, issue };
    return false;
  }
}
