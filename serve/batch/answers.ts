/** Answers rows with a bundle's model: what a batch and a shard of one have in common. */

import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { whyUnread } from "../../node/fileErrors.ts";
import type { Answer } from "../../predictor/answerTypes.ts";
import { InputError } from "../../predictor/errors.ts";
import { MAX_PIXELS } from "../../predictor/image/inspect.ts";
import type { Item } from "../../predictor/inputs/inputType.ts";
import type { InputSpecs } from "../../predictor/inputs/types.ts";
import type { Precision } from "../../predictor/manifest.ts";
import { readInput } from "../core/inputs/readInput.ts";
import { checkNames, fileInputs, isAnyGiven, nothingGiven } from "../core/inputs/types.ts";
import { ImageCache } from "../engine/imageCache.ts";
import { type Model, openModel } from "../engine/model.ts";
import { MEGA, parseSettings, threadPlan } from "../settings.ts";
import type { AnswerFormat } from "./format.ts";
import { isMissingOrBroken, type LeftOut, type Missing } from "./missing.ts";
import type { ReadRow, Row } from "./rows.ts";

/** Rows read ahead: enough to keep all threads busy, few enough to keep memory small. */
const WINDOW = 64;
/** Extensions tried with a row's id where it names no file. */
const EXTENSIONS = ["jpg", "jpeg", "png", "webp", "avif", "gif"];

export interface RowLine {
  readonly text: string;
  readonly rejected: boolean;
  /** Answered without an input that the row names. */
  readonly incomplete: boolean;
}

/** The line of one row, for the answers or the rejects. */
type RowAnswer = { readonly line: number; readonly bytes: number } & (
  | RowLine
  | { readonly failure: unknown }
);

/** What rows are answered with. */
export interface Answering {
  readonly model: Model;
  /** By the names of image inputs; see `BatchOptions`. */
  readonly folders: Readonly<Record<string, string | undefined>>;
  readonly missing: Missing;
  readonly format: AnswerFormat;
  readonly top: number | undefined;
  readonly allowEmpty: boolean;
  /** The rows' file, where there are several: it is part of answers and rejects. */
  readonly file: string | undefined;
}

/**
 * @param plan Threads that run the graph, and of each inference; default: all processors.
 * @throws Error naming what is wrong with the bundle.
 */
export async function openBatchModel(
  path: string,
  precision: Precision,
  plan: { readonly workers?: number; readonly threads?: number } = {},
): Promise<Model> {
  const settings = parseSettings({ provider: "cpu", ...plan }, "batch");
  return openModel(path, {
    ...settings,
    ...threadPlan(settings),
    precision,
    // The user's own files can be trusted.
    imageLimits: { pixels: MAX_PIXELS },
    images: new ImageCache(settings.posterCacheMb * MEGA),
    expected: () => 0,
    check: checkNames,
  });
}

/** Works on up to `WINDOW` rows at a time and gives the answers in the rows' order. */
export async function* inOrder(
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
export async function answerRow(
  { line, bytes, id, row }: ReadRow,
  answering: Answering,
): Promise<RowAnswer> {
  const { format, file } = answering;
  const place = { file, line };
  try {
    if (row instanceof InputError) throw row;
    const { answer, leftOut } = await answerWith(row, answering);
    const text = format.line(place, id, answer, leftOut);
    const incomplete = Object.keys(leftOut).length > 0;
    return { line, bytes, text, rejected: false, incomplete };
  } catch (error) {
    if (!(error instanceof InputError)) return { line, bytes, failure: error };
    const { field, detail } = error;
    return {
      line,
      bytes,
      text: JSON.stringify({ ...place, id, field, reason: detail }),
      rejected: true,
      incomplete: false,
    };
  }
}

/** Answers without those files that may be left out and are missing or broken. @throws InputError */
async function answerWith(
  row: Row,
  { model, folders, missing, top, allowEmpty }: Answering,
): Promise<{ readonly answer: Answer; readonly leftOut: LeftOut }> {
  const { inputs } = model.manifest;
  const leftOut: Record<string, string> = {};
  for (;;) {
    try {
      const item = await toItem(row, { inputs, folders, leftOut });
      return { answer: await model.predict({ item, topK: top, allowEmpty }), leftOut };
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      const { field, detail } = error;
      if (missing[field] !== "use-rest" || field in leftOut || !isMissingOrBroken(error)) {
        throw error;
      }
      leftOut[field] = detail;
    }
  }
}

interface ItemOptions {
  readonly inputs: InputSpecs;
  readonly folders: Answering["folders"];
  readonly leftOut: LeftOut;
}

/** The row's item with files instead of their names. */
async function toItem({ id, item }: Row, { inputs, folders, leftOut }: ItemOptions): Promise<Item> {
  const files: Record<string, Uint8Array | undefined> = {};
  for (const name of fileInputs(inputs)) {
    files[name] = undefined;
    if (name in leftOut) continue;
    const file = await findFile(name, { id, given: item[name], folder: folders[name] });
    if (file !== undefined) files[name] = file;
  }
  const whole = { ...item, ...files };
  if (!isAnyGiven(whole, inputs)) {
    // Nothing else is there to go on with: what is wrong is the file.
    for (const [name, reason] of Object.entries(leftOut)) throw new InputError(name, reason);
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
    // As training reads names: blanks around them do not count.
    const path = given.trim();
    return readInput(name, folder === undefined ? path : resolve(folder, path));
  }
  if (folder === undefined || id === undefined || !/^[\w-]+$/.test(String(id))) return undefined;
  for (const extension of EXTENSIONS) {
    const path = join(folder, `${id}.${extension}`);
    try {
      return await readFile(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") {
        throw new InputError(name, `${path} ${whyUnread(path, error)}`, { cause: error });
      }
    }
  }
  return undefined;
}
