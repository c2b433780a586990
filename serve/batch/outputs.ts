/** The files of a batch: answers and rejects, and the progress from which a killed run continues. */

import { type FileHandle, open, readFile, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import * as z from "zod";
import { isNoFile, whyUnread } from "../../node/fileErrors.ts";
import { writeFileAtomic } from "../../node/files.ts";
import { lock, type Release } from "../../node/lock.ts";
import { isSameFile } from "../../node/sameFile.ts";
import { whyUnwritable } from "../../node/writable.ts";
import { InputError } from "../../predictor/errors.ts";
import type { RowLine } from "./answers.ts";

const progressSchema = z.strictObject({
  /** What makes the batch: one with another job does not continue it. */
  job: z.record(z.string(), z.union([z.string(), z.number()])),
  /** The last line of the input that has its answer or reject. */
  line: z.int().min(0),
  rows: z.int().min(0),
  rejected: z.int().min(0),
  /** Answered without an input that the row names. */
  incomplete: z.int().min(0).default(0),
  outputBytes: z.int().min(0),
  rejectsBytes: z.int().min(0),
});
export type Progress = z.infer<typeof progressSchema>;

/** At most this much work is repeated after a kill. */
const CHECKPOINT_MS = 1000;

export class BatchOutputs {
  readonly #path: string;
  readonly #rejectsPath: string;
  readonly #output: FileHandle;
  readonly #rejects: FileHandle;
  readonly #release: Release;
  #progress: Progress;
  #saved = performance.now();

  private constructor(
    [path, rejectsPath]: readonly [string, string],
    [output, rejects]: readonly [FileHandle, FileHandle],
    progress: Progress,
    release: Release,
  ) {
    this.#path = path;
    this.#rejectsPath = rejectsPath;
    this.#output = output;
    this.#rejects = rejects;
    this.#progress = progress;
    this.#release = release;
  }

  /**
   * Starts the files anew, or continues from the last checkpoint of the same job: what was written after it is cut off and
   * written again.
   *
   * @throws Error if another batch is writing to the output, InputError if
   *   a file is there and is not of an unfinished batch of this job, unless `overwrite`.
   */
  static async open(
    output: string,
    rejects: string,
    job: Progress["job"],
    overwrite: boolean,
  ): Promise<BatchOutputs> {
    const release = await lock(join(dirname(output), `.${basename(output)}.lock`), {
      kind: "batch",
      what: output,
      advice: "name another --output",
    });
    try {
      const path = progressPath(output);
      const progress = await progressOf({ output, rejects }, job, overwrite);
      const files = await Promise.all([
        openAt(output, progress.outputBytes),
        openAt(rejects, progress.rejectsBytes),
      ]);
      const outputs = new BatchOutputs([path, rejects], files, progress, release);
      await outputs.#save();
      return outputs;
    } catch (error) {
      await release();
      throw error;
    }
  }

  get progress(): Progress {
    return this.#progress;
  }

  /** Writes the line before the answers, unless it is there already. */
  async begin(header: string): Promise<void> {
    if (this.#progress.outputBytes > 0) return;
    const data = `${header}\n`;
    await this.#output.appendFile(data);
    this.#progress = { ...this.#progress, outputBytes: Buffer.byteLength(data) };
  }

  /** Adds an answer, or a reject, for the input's next line. */
  async add(line: number, { text, rejected, incomplete }: RowLine): Promise<void> {
    const data = `${text}\n`;
    await (rejected ? this.#rejects : this.#output).appendFile(data);
    const bytes = Buffer.byteLength(data);
    const { rows, rejected: rejectedRows, outputBytes, rejectsBytes } = this.#progress;
    this.#progress = {
      ...this.#progress,
      line,
      rows: rows + 1,
      rejected: rejectedRows + (rejected ? 1 : 0),
      incomplete: this.#progress.incomplete + (incomplete ? 1 : 0),
      outputBytes: outputBytes + (rejected ? 0 : bytes),
      rejectsBytes: rejectsBytes + (rejected ? bytes : 0),
    };
    if (performance.now() - this.#saved > CHECKPOINT_MS) await this.#save();
  }

  /**
   * A batch without rejects leaves no file of them.
   *
   * @param finished Whether all rows are done, so that there is nothing to continue.
   */
  async close(finished: boolean): Promise<void> {
    await this.#save();
    await Promise.all([this.#output.close(), this.#rejects.close()]);
    if (finished) {
      if (this.#progress.rejected === 0) await rm(this.#rejectsPath, { force: true });
      await rm(this.#path, { force: true });
    }
    await this.#release();
  }

  /** First the lines, then the progress: a checkpoint never counts a line that is not on the disk. */
  async #save(): Promise<void> {
    await Promise.all([this.#output.datasync(), this.#rejects.datasync()]);
    await writeFileAtomic(this.#path, `${JSON.stringify(this.#progress)}\n`);
    this.#saved = performance.now();
  }
}

interface OutputPaths {
  readonly output: string;
  readonly rejects: string;
}

interface ReadPaths {
  /** What the answers are made of. */
  readonly inputs: readonly string[];
}

/**
 * Refuses what `BatchOutputs.open` would, and files that cannot be written: before the model is opened.
 *
 * @throws InputError naming the option.
 */
export async function checkOutputs(
  { output, rejects, inputs }: OutputPaths & ReadPaths,
  job: Progress["job"],
  overwrite: boolean,
): Promise<void> {
  await checkWritable({ output, rejects, inputs }, "continued");
  await progressOf({ output, rejects }, job, overwrite);
}

/**
 * Refuses files that cannot be written, and those that are read meanwhile, whatever is to be overwritten.
 *
 * @param how As `whyUnwritable` takes it.
 * @throws InputError naming the option.
 */
export async function checkWritable(
  { output, rejects, inputs }: OutputPaths & ReadPaths,
  how: "replaced" | "continued",
): Promise<void> {
  for (const [name, path] of Object.entries({ output, rejects })) {
    const reason = await whyUnwritable(path, how);
    if (reason !== undefined) throw new InputError(`--${name}`, `${reason}; name another file`);
    for (const input of inputs) {
      if (!(await isSameFile(path, input))) continue;
      throw new InputError(`--${name}`, `${path} is read as input; name another file`);
    }
  }
  if (!(await isSameFile(output, rejects))) return;
  throw new InputError("--rejects", `${rejects} is the file of the answers; name another file`);
}

/** Where rejects are written if nothing else is said. */
export function defaultRejects(output: string): string {
  return `${output}.rejects`;
}

/**
 * The part of the job that says where the rejects are, which are continued as the answers are: nothing for the default, so
 * that batches of versions that did not say it go on with that, and with no other file.
 */
function placeOf({ output, rejects }: OutputPaths): Progress["job"] {
  const path = resolve(rejects);
  return path === resolve(defaultRejects(output)) ? {} : { rejects: path };
}

function progressPath(output: string): string {
  return `${output}.progress`;
}

/** Where the batch is to continue; the beginning for a new one. */
async function progressOf(
  { output, rejects }: OutputPaths,
  options: Progress["job"],
  overwrite: boolean,
): Promise<Progress> {
  const job = { ...options, ...placeOf({ output, rejects }) };
  const earlier = overwrite ? undefined : await readProgress(output, job);
  for (const [name, path] of Object.entries({ output, rejects })) {
    if (earlier || overwrite || (await sizeOf(path)) === 0) continue;
    throw new InputError(
      `--${name}`,
      `${path} exists already; name another file, or replace it with --overwrite`,
    );
  }
  const none = { line: 0, rows: 0, rejected: 0, incomplete: 0, outputBytes: 0, rejectsBytes: 0 };
  return earlier ?? { job, ...none };
}

async function readProgress(output: string, job: Progress["job"]): Promise<Progress | undefined> {
  const path = progressPath(output);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (isNoFile(error)) return undefined;
    throw new InputError(
      "--output",
      `${path} ${whyUnread(path, error)}; mend that, or start over with --overwrite`,
    );
  }
  let progress: Progress;
  try {
    progress = progressSchema.parse(JSON.parse(text));
  } catch {
    throw new InputError(
      "--output",
      `${path} is not a batch's progress; start over with --overwrite`,
    );
  }
  const names = new Set([...Object.keys(progress.job), ...Object.keys(job)]);
  const changed = [...names].filter((name) => progress.job[name] !== job[name]);
  if (changed.length > 0) {
    throw new InputError(
      "--output",
      `${output} belongs to an unfinished batch with different options (${changed.join(", ")}); finish that one, or start over with --overwrite`,
    );
  }
  return progress;
}

async function openAt(path: string, bytes: number): Promise<FileHandle> {
  if ((await sizeOf(path)) < bytes) {
    throw new InputError("--output", `${path} is shorter than it was; start over with --overwrite`);
  }
  const file = await open(path, "a");
  await file.truncate(bytes);
  return file;
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}
