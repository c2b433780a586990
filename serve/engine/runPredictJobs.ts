/** Jobs -> results, in the thread that has the session: files are decoded, and the graph runs once for all. */

import { decodePoster } from "../../node/poster.ts";
import { toAnswer } from "../../predictor/answer.ts";
import { InputError } from "../../predictor/errors.ts";
import { explainItem } from "../../predictor/explain.ts";
import { inspectImage } from "../../predictor/image/inspect.ts";
import type { Movie } from "../../predictor/movie.ts";
import type { Predictor } from "../../predictor/predictor.ts";
import { type PosterSpec, resizePoster } from "../../predictor/preprocess/poster.ts";
import type { JobMovie, PredictJob, PredictResult } from "./predictJob.ts";

/** Pixels that take about five times as long to decode as the graph runs; other movies must not wait for more. */
const LARGE_PIXELS = 1_500_000;

interface Options {
  readonly predictor: Predictor;
  readonly poster: PosterSpec;
  /** Of one poster. */
  readonly maxPixels: number;
}

/** A job and what is known of its result so far. */
interface PendingJob {
  readonly job: PredictJob;
  readonly result: { -readonly [Key in keyof PredictResult]: PredictResult[Key] };
  /** Undefined where the job's movie is wrong, or its poster large. */
  movie?: Movie;
}

/**
 * @returns In the jobs' order; a movie that is wrong has its issue there, and does not affect the others.
 * @throws Error if the graph fails.
 */
export async function runPredictJobs(
  jobs: readonly PredictJob[],
  options: Options,
): Promise<PredictResult[]> {
  const all = jobs.map((job): PendingJob => ({ job, result: {} }));
  for (const pending of all) {
    await attempt([pending], async () => {
      const pixels = await decode(pending, options);
      if (!pending.result.isLarge) {
        pending.movie = toMovie(pending.job.movie, pixels, options.poster);
      }
    });
  }
  const ready = all.filter(({ movie }) => movie !== undefined);
  await predictAll(
    ready.filter(({ job }) => !job.explain),
    options.predictor,
  );
  for (const pending of ready.filter(({ job }) => job.explain)) {
    const { job, movie, result } = pending;
    await attempt([pending], async () => {
      const explanation = await explainItem(options.predictor, movie!);
      result.answer = toAnswer(explanation.prediction, job, explanation);
    });
  }
  return all.map(({ result }) => result);
}

async function decode(
  { job, result }: PendingJob,
  { poster, maxPixels }: Options,
): Promise<Uint8Array | undefined> {
  const { file, pixels } = job.movie;
  if (pixels !== undefined || file === undefined) return pixels;
  const start = performance.now();
  const info = inspectImage(file, "poster", maxPixels);
  // AVIF takes twenty times as long as the others.
  result.isLarge = info.width * info.height > LARGE_PIXELS || info.format === "avif";
  if (result.isLarge) return undefined;
  result.pixels = resizePoster(await decodePoster(file, "poster", maxPixels, info), poster);
  result.decodeSeconds = (performance.now() - start) / 1000;
  return result.pixels;
}

function toMovie(
  { title, year, ratings }: JobMovie,
  data: Uint8Array | undefined,
  spec: PosterSpec,
): Movie {
  return {
    ...(title === undefined ? {} : { title }),
    ...(year === undefined ? {} : { year }),
    ...(ratings === undefined ? {} : { ratings }),
    ...(data === undefined ? {} : { poster: { data, ...spec, channels: 3 } }),
  };
}

/** One batch; if a movie in it is wrong, each by itself. */
async function predictAll(pending: readonly PendingJob[], predictor: Predictor): Promise<void> {
  if (pending.length === 0) return;
  const succeeded = await attempt(pending, async () => {
    const predictions = await predictor.predict(pending.map(({ movie }) => movie!));
    for (const [i, { job, result }] of pending.entries()) {
      result.answer = toAnswer(predictions[i]!, job);
    }
  });
  if (!succeeded && pending.length > 1) {
    for (const each of pending) await predictAll([each], predictor);
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
    const { field, detail } = error;
    if (pending.length === 1) pending[0]!.result.issue = { field, detail };
    return false;
  }
}
