/** Answers rows with a bundle's model: what a batch and a shard of one have in common. */

import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { InputError } from "../../predictor/errors.ts";
import { MAX_PIXELS } from "../../predictor/image/inspect.ts";
import type { Item } from "../../predictor/inputs/inputType.ts";
import type { Precision } from "../../predictor/manifest.ts";
import { readInput } from "../core/inputs/readInput.ts";
import { checkNames, fileInputs, isAnyGiven, nothingGiven } from "../core/inputs/types.ts";
import { ImageCache } from "../engine/imageCache.ts";
import { type Model, openModel } from "../engine/model.ts";
import { MEGA, parseSettings, threadPlan } from "../settings.ts";
import type { AnswerFormat } from "./format.ts";
import type { ReadRow, Row } from "./rows.ts";

/** Rows read ahead: enough to keep all threads busy, few enough to keep memory small. */
const WINDOW = 64;
/** Extensions tried with a row's id where it names no file. */
const EXTENSIONS = ["jpg", "jpeg", "png", "webp", "avif", "gif"];

/** The line of one row, for the answers or the rejects. */
type RowAnswer = { readonly line: number; readonly bytes: number } & (
  | { readonly text: string; readonly rejected: boolean }
  | { readonly failure: unknown }
);

/** What rows are answered with. */
export interface Answering {
  readonly model: Model;
  /** By the names of image inputs; see `BatchOptions`. */
  readonly folders: Readonly<Record<string, string | undefined>>;
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
  { model, folders, format, top, allowEmpty, file }: Answering,
): Promise<RowAnswer> {
  const place = { file, line };
  try {
    if (row instanceof InputError) throw row;
    const item = await toItem(row, model, folders);
    const answer = await model.predict({ item, topK: top, allowEmpty });
    return { line, bytes, text: format.line(place, id, answer), rejected: false };
  } catch (error) {
    if (!(error instanceof InputError)) return { line, bytes, failure: error };
    const { field, detail } = error;
    return {
      line,
      bytes,
      text: JSON.stringify({ ...place, id, field, reason: detail }),
      rejected: true,
    };
  }
}

/** The row's item with files instead of their names. */
async function toItem(
  { id, item }: Row,
  { manifest: { inputs } }: Model,
  folders: Answering["folders"],
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
