/** Questions -> replies, in the thread that has the session: files are decoded, and the graph runs once for all. */

import { decodePoster } from "../../node/poster.ts";
import { toAnswer } from "../../predictor/answer.ts";
import { InputError } from "../../predictor/errors.ts";
import { explainMovie } from "../../predictor/explain.ts";
import { inspectImage } from "../../predictor/image/inspect.ts";
import type { Predictor } from "../../predictor/predictor.ts";
import type { Movie } from "../../predictor/preprocess/features.ts";
import { type PosterSpec, resizePoster } from "../../predictor/preprocess/poster.ts";
import type { AskedMovie, Question, Reply } from "./question.ts";

/** Pixels that are decoded in some five times the graph's time; others must not wait for more. */
const LARGE_PIXELS = 1_500_000;

interface Options {
  readonly predictor: Predictor;
  readonly poster: PosterSpec;
  /** Of one poster. */
  readonly maxPixels: number;
}

interface Task {
  readonly question: Question;
  readonly reply: { -readonly [Key in keyof Reply]: Reply[Key] };
  /** Undefined where it is wrong, or its poster large. */
  movie?: Movie;
}

/**
 * @returns In the questions' order; a movie that is wrong has its fault there, and spoils no other.
 * @throws Error if the graph fails.
 */
export async function answerQuestions(
  questions: readonly Question[],
  options: Options,
): Promise<Reply[]> {
  const tasks = questions.map((question): Task => ({ question, reply: {} }));
  for (const task of tasks) {
    await attempt([task], async () => {
      const pixels = await decode(task, options);
      if (!task.reply.isLarge) task.movie = toMovie(task.question.movie, pixels, options.poster);
    });
  }
  const ready = tasks.filter(({ movie }) => movie !== undefined);
  await predictAll(
    ready.filter(({ question }) => !question.explain),
    options.predictor,
  );
  for (const task of ready.filter(({ question }) => question.explain)) {
    const { question, movie, reply } = task;
    await attempt([task], async () => {
      const explanation = await explainMovie(options.predictor, movie!);
      reply.answer = toAnswer(explanation.prediction, question, explanation);
    });
  }
  return tasks.map(({ reply }) => reply);
}

async function decode(
  { question, reply }: Task,
  { poster, maxPixels }: Options,
): Promise<Uint8Array | undefined> {
  const { file, pixels } = question.movie;
  if (pixels !== undefined || file === undefined) return pixels;
  const start = performance.now();
  const info = inspectImage(file, "poster", maxPixels);
  // AVIF takes twenty times as long as the others.
  reply.isLarge = info.width * info.height > LARGE_PIXELS || info.format === "avif";
  if (reply.isLarge) return undefined;
  reply.pixels = resizePoster(await decodePoster(file, "poster", maxPixels, info), poster);
  reply.decodeSeconds = (performance.now() - start) / 1000;
  return reply.pixels;
}

function toMovie(
  { title, year, ratings }: AskedMovie,
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
async function predictAll(tasks: readonly Task[], predictor: Predictor): Promise<void> {
  if (tasks.length === 0) return;
  const done = await attempt(tasks, async () => {
    const predictions = await predictor.predict(tasks.map(({ movie }) => movie!));
    for (const [i, { question, reply }] of tasks.entries()) {
      reply.answer = toAnswer(predictions[i]!, question);
    }
  });
  if (!done && tasks.length > 1) for (const task of tasks) await predictAll([task], predictor);
}

/** @returns Whether it went well; if it did not, and one task is to blame, that one has the fault. */
async function attempt(tasks: readonly Task[], work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const { field, detail } = error;
    if (tasks.length === 1) tasks[0]!.reply.fault = { field, detail };
    return false;
  }
}
