/** results.jsonl: one appended line per finished trial, so that a kill loses at most the running trial. */

import { existsSync } from "node:fs";
import { type FileHandle, open, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as z from "zod";
import { syncFolder } from "../../node/files.ts";
import { differences } from "../config/compare.ts";
import type { FoldFigure } from "../folds/summary.ts";

/** Version of the line format; raise it when older lines can no longer be read. */
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
  /** Hash of the configuration, the data and everything else that determines the figures. */
  key: z.string(),
  /** The trial's parameters, for people who read the file. */
  values: z.record(z.string(), z.unknown()),
  /** Share of the configured epochs. */
  share: z.number(),
  seconds: z.number(),
  /** The complete configuration. */
  config: z.record(z.string(), z.unknown()),
  /** Absent if the trial failed. */
  figures: z.array(figure).optional(),
  error: z.string().optional(),
});

export interface TrialResult extends Omit<z.infer<typeof resultSchema>, "figures"> {
  readonly figures?: readonly FoldFigure[] | undefined;
}

/** Everything that must be equal for results to belong to the same sweep. */
export interface SweepIdentity {
  readonly [part: string]: unknown;
}

const headerSchema = z.object({
  format: z.number(),
  sweep: z.record(z.string(), z.unknown()),
});

/** What to do with earlier results of a sweep that has changed: throw, keep them, or rename their file. */
export type OnChange = "refuse" | "extend" | "restart";

export interface Journal {
  /** The latest result of each key. */
  readonly results: ReadonlyMap<string, TrialResult>;
  /** Resolves once the result is on disk. */
  add(result: TrialResult): Promise<void>;
  close(): Promise<void>;
}

/** Differences to a changed sweep that an error lists. */
const SHOWN_CHANGES = 5;

/**
 * Opens or creates the journal in `folder`, which must exist. An incomplete last line, left by a kill, is removed.
 *
 * @param warn Called with a line about each result that is removed or renamed.
 * @throws Error if the journal belongs to another sweep and `onChange` is "refuse"; with file and line number if another
 *   than the last line is damaged.
 */
export async function openJournal(
  folder: string,
  identity: SweepIdentity,
  onChange: OnChange,
  warn: (text: string) => void,
): Promise<Journal> {
  const path = join(folder, JOURNAL);
  if (onChange === "restart") await renameOldResults(path, warn);
  const { lines, bytes, torn } = await readLines(path);
  if (torn)
    warn(`${path}: removing the incomplete last line of a killed run; its trial is repeated`);
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
  // Otherwise the next line would continue the incomplete one.
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

/** The complete lines, their size in bytes, and whether an incomplete line follows (`torn`). */
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
      `${at}: the journal has format ${header.data.format}, this version reads format ${FORMAT}; use another --out, or --restart`,
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
  return `${at} is damaged (${why}); delete the line to repeat its trial, or use --restart`;
}

function changed(path: string, changes: readonly string[]): string {
  const hidden = changes.length - SHOWN_CHANGES;
  return [
    `${path} belongs to another sweep; differences:`,
    ...changes.slice(0, SHOWN_CHANGES).map((change) => `  ${change}`),
    ...(hidden > 0 ? [`  and ${hidden} more`] : []),
    "Use --extend to keep its results and train only what is missing, --restart to rename the old file and begin again, or another --out.",
  ].join("\n");
}

/** results.jsonl -> results.1.jsonl, or the next unused number. */
async function renameOldResults(path: string, warn: (text: string) => void): Promise<void> {
  if (!existsSync(path)) return;
  const names = Array.from({ length: 10_000 }, (_, i) => path.replace(/jsonl$/, `${i + 1}.jsonl`));
  const unused = names.find((name) => !existsSync(name))!;
  await rename(path, unused);
  warn(`the earlier results are kept in ${unused}`);
}
