/** Any number of items from a file: answered in order, with constant memory, and resumable. */

import { readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { InputError } from "../../predictor/errors.ts";
import { MAX_PIXELS } from "../../predictor/image/inspect.ts";
import type { Item } from "../../predictor/inputs/inputType.ts";
import type { Precision } from "../../predictor/manifest.ts";
import { readInput } from "../core/inputs/readInput.ts";
import {
  checkNames,
  fileInputs,
  isAnyGiven,
  nothingGiven,
  pluralOf,
} from "../core/inputs/types.ts";
import { ImageCache } from "../engine/imageCache.ts";
import { type Model, openModel } from "../engine/model.ts";
import { TOP } from "../predictOptions.ts";
import { MEGA, parseSettings, threadPlan } from "../settings.ts";
import { columnsOf } from "./columns.ts";
import { type AnswerFormat, answerFormat } from "./format.ts";
import { BatchOutputs, type Progress } from "./outputs.ts";
import { type ReadRow, type Row, readRows } from "./rows.ts";

/** Rows read ahead: enough to keep all threads busy, few enough to keep memory small. */
const WINDOW = 64;
/** Extensions tried with a row's id where it names no file. */
const EXTENSIONS = ["jpg", "jpeg", "png", "webp", "avif", "gif"];

export interface BatchOptions {
  readonly model: string;
  readonly precision: Precision;
  /** .csv, .jsonl or .ndjson */
  readonly input: string;
  /** By the names of image inputs: folder of the files that rows name, or that are named after rows' ids. */
  readonly folders: Readonly<Record<string, string | undefined>>;
  readonly output: string;
  readonly rejects: string;
  readonly overwrite: boolean;
  /** Labels per answer; default: `TOP`. Not for a CSV file, which has all. */
  readonly top?: number | undefined;
  /** Whether no label may be selected, where none reaches its threshold. */
  readonly allowEmpty?: boolean | undefined;
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
  const { input, output, rejects, overwrite, allowEmpty = false, signal } = options;
  const info = await stat(input).catch((error: Error) => {
    throw new InputError("input", `${input} cannot be read (${error.message})`);
  });
  const settings = parseSettings({ provider: "cpu" }, "batch");
  const model = await openModel(options.model, {
    ...settings,
    ...threadPlan(settings),
    precision: options.precision,
    // The user's own files can be trusted.
    imageLimits: { pixels: MAX_PIXELS },
    images: new ImageCache(settings.posterCacheMb * MEGA),
    expected: () => 0,
    check: checkNames,
  });
  try {
    const { inputs, target } = model.manifest;
    const format = answerFormat(output, target);
    if (format.needsAllScores && options.top !== undefined) {
      throw new InputError("top", `is not for ${output}: a CSV file has all probabilities`);
    }
    const top = format.needsAllScores ? undefined : (options.top ?? TOP);
    const job = {
      input: resolve(input),
      "size of the input": info.size,
      "time of the input": info.mtimeMs,
      model: model.version,
      precision: options.precision,
      ...Object.fromEntries(
        fileInputs(inputs).map((name) => {
          const folder = options.folders[name];
          return [pluralOf(name), folder === undefined ? "" : resolve(folder)];
        }),
      ),
      top: top ?? "all",
      "allow empty": String(allowEmpty),
    };
    const outputs = await BatchOutputs.open(output, rejects, job, overwrite);
    let finished = false;
    try {
      const from = outputs.progress.line;
      if (format.header !== undefined) await outputs.begin(format.header);
      const answer = (row: ReadRow) => answerRow(row, { model, options, format, top, allowEmpty });
      const rows = readRows(input, inputs, (name) =>
        options.onWarning?.(`"${name}" is none of ${columnsOf(inputs).join(", ")}, and is ignored`),
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

/** What rows are answered with. */
interface Answering {
  readonly model: Model;
  readonly options: BatchOptions;
  readonly format: AnswerFormat;
  readonly top: number | undefined;
  readonly allowEmpty: boolean;
}

/** Never rejects: a failure waits for its turn like any other answer. */
async function answerRow(
  { line, bytes, id, row }: ReadRow,
  { model, options, format, top, allowEmpty }: Answering,
): Promise<RowAnswer> {
  const head = { line, ...(id === undefined ? {} : { id }) };
  try {
    if (row instanceof InputError) throw row;
    const item = await toItem(row, model, options);
    const answer = await model.predict({ item, topK: top, allowEmpty });
    return { line, bytes, text: format.line(line, id, answer), rejected: false };
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

/** The row's item with files instead of their names. */
async function toItem(
  { id, item }: Row,
  { manifest: { inputs } }: Model,
  { folders }: BatchOptions,
): Promise<Item> {
  const files: Record<string, Uint8Array> = {};
  for (const name of fileInputs(inputs)) {
    const file = await findFile(name, { id, given: item[name], folder: folders[name] });
    if (file !== undefined) files[name] = file;
  }
  const whole = { ...item, ...files };
  if (!isAnyGiven(whole, inputs)) {
    throw new InputError("row", nothingGiven(Object.keys(inputs)));
  }
  return whole;
}

interface Wanted {
  readonly id: Row["id"];
  /** The name that the row gives, if it gives one. */
  readonly given: unknown;
  readonly folder: string | undefined;
}

async function findFile(
  name: string,
  { id, given, folder }: Wanted,
): Promise<Uint8Array | undefined> {
  if (typeof given === "string") {
    return readInput(name, folder === undefined ? given : resolve(folder, given));
  }
  if (folder === undefined || id === undefined || !/^[\w-]+$/.test(String(id))) return undefined;
  for (const extension of EXTENSIONS) {
    try {
      return await readFile(join(folder, `${id}.${extension}`));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") {
        throw new InputError(name, `of ${id} cannot be read (${(error as Error).message})`);
      }
    }
  }
  return undefined;
}
