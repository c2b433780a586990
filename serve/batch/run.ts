/** Any number of movies from a file: answered in order, with constant memory, and resumable. */

import { readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { toAnswerJson } from "../../predictor/answer.ts";
import { InputError } from "../../predictor/errors.ts";
import { MAX_PIXELS } from "../../predictor/image/inspect.ts";
import type { Precision } from "../../predictor/manifest.ts";
import { movieInputs } from "../../predictor/movie.ts";
import { type Model, openModel } from "../engine/model.ts";
import { PosterCache } from "../engine/posterCache.ts";
import type { JobMovie } from "../engine/predictJob.ts";
import { MEGA, parseSettings, threadPlan } from "../settings.ts";
import { COLUMNS } from "./columns.ts";
import { BatchOutputs, type Progress } from "./outputs.ts";
import { type ReadRow, type Row, readRows } from "./rows.ts";

/** Rows read ahead: enough to keep all threads busy, few enough to keep memory small. */
const WINDOW = 64;
/** Extensions tried with a row's id where it names no poster. */
const EXTENSIONS = ["jpg", "jpeg", "png", "webp", "avif", "gif"];

export interface BatchOptions {
  readonly model: string;
  readonly precision: Precision;
  /** .csv, .jsonl or .ndjson */
  readonly input: string;
  /** Folder of the posters that rows name, or that are named after rows' ids. */
  readonly posters?: string | undefined;
  readonly output: string;
  readonly rejects: string;
  readonly overwrite: boolean;
  /** Genres per answer. */
  readonly top: number;
  readonly signal: AbortSignal;
  readonly onWarning?: (text: string) => void;
  readonly onProgress?: (bytes: number, progress: Progress) => void;
}

export interface BatchResult extends Progress {
  readonly finished: boolean;
}

type RowAnswer = { readonly line: number; readonly bytes: number } & (
  | { readonly text: string; readonly rejected: boolean }
  | { readonly failure: unknown }
);

/**
 * Writes an answer for every row to `output`, or the reason why it has none to `rejects`; continues where a killed run of
 * the same command stopped.
 *
 * @throws InputError on files that cannot be used, Error if the bundle or the runtime fails.
 */
export async function runBatch(options: BatchOptions): Promise<BatchResult> {
  const { input, output, rejects, overwrite, top, signal } = options;
  const info = await stat(input).catch((error: Error) => {
    throw new InputError("input", `${input} cannot be read (${error.message})`);
  });
  const settings = parseSettings({ provider: "cpu" }, "batch");
  const model = await openModel(options.model, {
    ...settings,
    ...threadPlan(settings),
    precision: options.precision,
    // The user's own files can be trusted.
    maxPixels: MAX_PIXELS,
    posters: new PosterCache(settings.posterCacheMb * MEGA),
    expected: () => 0,
  });
  try {
    const job = {
      input: resolve(input),
      "size of the input": info.size,
      "time of the input": info.mtimeMs,
      model: model.version,
      precision: options.precision,
      posters: options.posters === undefined ? "" : resolve(options.posters),
      top,
    };
    const outputs = await BatchOutputs.open(output, rejects, job, overwrite);
    let finished = false;
    try {
      const from = outputs.progress.line;
      const answer = (row: ReadRow) => answerRow(row, model, options);
      const rows = readRows(input, movieInputs(model.manifest.inputs).ratings, (name) =>
        options.onWarning?.(`"${name}" is none of ${COLUMNS.join(", ")}, and is ignored`),
      );
      for await (const answered of inOrder(rows, from, answer)) {
        if ("failure" in answered) throw answered.failure;
        await outputs.add(answered.line, answered.text, answered.rejected);
        options.onProgress?.(answered.bytes, outputs.progress);
        if (signal.aborted) break;
      }
      finished = !signal.aborted;
    } finally {
      await outputs.close(finished);
    }
    return { ...outputs.progress, finished };
  } finally {
    await model.close();
  }
}

/** Works on up to `WINDOW` rows at a time and gives the answers in the rows' order. */
async function* inOrder(
  rows: AsyncIterable<ReadRow>,
  afterLine: number,
  work: (row: ReadRow) => Promise<RowAnswer>,
): AsyncGenerator<RowAnswer> {
  const running: Promise<RowAnswer>[] = [];
  for await (const row of rows) {
    if (row.line <= afterLine) continue;
    running.push(work(row));
    if (running.length >= WINDOW) yield await running.shift()!;
  }
  while (running.length > 0) yield await running.shift()!;
}

/** Never rejects: a failure waits for its turn like any other answer. */
async function answerRow(
  { line, bytes, id, row }: ReadRow,
  model: Model,
  options: BatchOptions,
): Promise<RowAnswer> {
  const head = { line, ...(id === undefined ? {} : { id }) };
  try {
    if (row instanceof InputError) throw row;
    const movie = await toMovie(row, options.posters);
    const answer = await model.predict({ movie, topK: options.top });
    const text = JSON.stringify({ ...head, ...toAnswerJson(answer) });
    return { line, bytes, text, rejected: false };
  } catch (error) {
    if (!(error instanceof InputError)) return { line, bytes, failure: error };
    const { field, detail } = error;
    return {
      line,
      bytes,
      text: JSON.stringify({ ...head, field, reason: detail }),
      rejected: true,
    };
  }
}

async function toMovie(row: Row, folder: string | undefined): Promise<JobMovie> {
  const { title, year, ratings } = row;
  const file = await findPoster(row, folder);
  if (title === undefined && year === undefined && !ratings?.length && file === undefined) {
    throw new InputError("row", "is empty; give at least one of title, year, poster and ratings");
  }
  return { title, year, ratings, file };
}

async function findPoster(
  { id, poster }: Row,
  folder: string | undefined,
): Promise<Buffer | undefined> {
  if (poster !== undefined) {
    const path = folder === undefined ? poster : resolve(folder, poster);
    try {
      return await readFile(path);
    } catch (error) {
      throw new InputError("poster", `${path} cannot be read (${(error as Error).message})`);
    }
  }
  if (folder === undefined || id === undefined || !/^[\w-]+$/.test(String(id))) return undefined;
  for (const extension of EXTENSIONS) {
    try {
      return await readFile(join(folder, `${id}.${extension}`));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") {
        throw new InputError("poster", `of ${id} cannot be read (${(error as Error).message})`);
      }
    }
  }
  return undefined;
}
