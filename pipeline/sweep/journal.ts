/** results.jsonl: one line per finished trial, only ever appended to, so that a kill loses at most the trial at work. */

import { existsSync } from "node:fs";
import { type FileHandle, open, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { syncFolder } from "../../node/files.ts";
import { differences } from "../config/compare.ts";
import type { FoldFigure } from "../folds/summary.ts";

/** Raised when lines of before cannot be read any more. */
const FORMAT = 1;
const JOURNAL = "results.jsonl";

const figure = z.object({
  input: z.string(),
  group: z.string(),
  metric: z.string(),
  mean: z.number(),
  std: z.number(),
});

const resultSchema = z.object({
  /** Hash of the configuration, the data and everything else that decides the figures. */
  key: z.string(),
  /** The parameters, for readers of the file. */
  values: z.record(z.string(), z.unknown()),
  /** Share of the configuration's epochs. */
  share: z.number(),
  seconds: z.number(),
  /** The complete configuration. */
  config: z.record(z.string(), z.unknown()),
  /** Absent where the trial failed. */
  figures: z.array(figure).optional(),
  error: z.string().optional(),
});

export interface TrialResult extends Omit<z.infer<typeof resultSchema>, "figures"> {
  readonly figures?: readonly FoldFigure[] | undefined;
}

/** What a journal is of: results of another sweep must not be taken for this one's. */
export interface Identity {
  readonly [part: string]: unknown;
}

const headerSchema = z.object({
  format: z.number(),
  sweep: z.record(z.string(), z.unknown()),
});

/** What to do with the results of a sweep that has changed since. */
export type OnChange = "refuse" | "extend" | "restart";

export interface Journal {
  /** By key; of several results with one key the last. */
  readonly results: ReadonlyMap<string, TrialResult>;
  /** Returns when the disk has it. */
  add(result: TrialResult): Promise<void>;
  close(): Promise<void>;
}

/** Parts of a changed sweep that an error names. */
const SHOWN = 5;

/**
 * Opens or makes the journal in `folder`, which exists.
 *
 * @param identity Everything that must be equal for results to be of one sweep.
 * @param warn Told of a last line that a kill has left incomplete; its trial is repeated.
 * @throws Error where the journal is of another sweep and `onChange` is "refuse", and with file and line where a line in the
 *   middle is damaged.
 */
export async function openJournal(
  folder: string,
  identity: Identity,
  onChange: OnChange,
  warn: (text: string) => void,
): Promise<Journal> {
  const path = join(folder, JOURNAL);
  if (onChange === "restart") await setAside(path, warn);
  const { lines, bytes, torn } = await readLines(path);
  if (torn) warn(`${path} ends in an incomplete line, as a killed run leaves it; it is dropped`);
  const results = new Map<string, TrialResult>();
  let header: z.infer<typeof headerSchema> | undefined;
  for (const [i, line] of lines.entries()) {
    const at = `${path}:${i + 1}`;
    const before = header;
    header = headerOf(line, at) ?? header;
    if (header === undefined) throw new Error(`${at}: the journal does not begin with its header`);
    if (header !== before) continue;
    const result = resultOf(line, at);
    results.set(result.key, result);
  }
  const changes = header ? differences(header.sweep, identity) : undefined;
  if (changes && changes.length > 0 && onChange === "refuse") {
    throw new Error(changed(path, changes));
  }
  const file = await open(path, "a");
  // What is appended must not become a part of the torn line.
  if (torn) await file.truncate(bytes);
  const append = (value: unknown) => appendLine(file, value);
  if (changes === undefined || changes.length > 0) {
    await append({ format: FORMAT, sweep: identity });
    await syncFolder(dirname(path));
  }
  return {
    results,
    async add(result) {
      await append(result);
      results.set(result.key, result);
    },
    close: () => file.close(),
  };
}

async function appendLine(file: FileHandle, value: unknown): Promise<void> {
  await file.appendFile(`${JSON.stringify(value)}\n`);
  await file.sync();
}

/** Whole lines, the bytes that they take, and whether there is more. */
async function readLines(path: string) {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return { lines: [], bytes: 0, torn: false };
  }
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  const lines = whole.split("\n").slice(0, -1);
  return { lines, bytes: Buffer.byteLength(whole), torn: whole.length < text.length };
}

function headerOf(line: string, at: string): z.infer<typeof headerSchema> | undefined {
  const header = headerSchema.safeParse(jsonOf(line, at));
  if (!header.success) return undefined;
  if (header.data.format !== FORMAT) {
    throw new Error(
      `${at}: the journal has format ${header.data.format}, this program reads ${FORMAT}; use another --out, or --restart`,
    );
  }
  return header.data;
}

function resultOf(line: string, at: string): TrialResult {
  const result = resultSchema.safeParse(jsonOf(line, at));
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  throw new Error(damaged(at, `${path.map(String).join(".") || "the line"}: ${message}`));
}

function jsonOf(line: string, at: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new Error(damaged(at, (error as Error).message));
  }
}

function damaged(at: string, why: string): string {
  return `${at} is damaged (${why}); delete the line to have its trial repeated, or use --restart`;
}

function changed(path: string, changes: readonly string[]): string {
  const more = changes.length > SHOWN ? `\n  and ${changes.length - SHOWN} more` : "";
  return [
    `${path} is of another sweep; what has changed:`,
    `${changes
      .slice(0, SHOWN)
      .map((change) => `  ${change}`)
      .join("\n")}${more}`,
    "Use --extend to go on (trials that both have are not repeated), --restart to set the old results aside, or another --out.",
  ].join("\n");
}

/** results.jsonl -> results.1.jsonl, or the next number that is free. */
async function setAside(path: string, warn: (text: string) => void): Promise<void> {
  if (!existsSync(path)) return;
  const names = Array.from({ length: 10_000 }, (_, i) => path.replace(/jsonl$/, `${i + 1}.jsonl`));
  const aside = names.find((name) => !existsSync(name))!;
  await rename(path, aside);
  warn(`the results of before are kept in ${aside}`);
}
