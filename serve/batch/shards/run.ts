/** Any number of rows in any number of files: cut into shards, scored by several processes, once each whatever dies. */

import { mkdir, readdir, realpath, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { openManifest, versionOf } from "../../../node/bundle.ts";
import { removeAllLeftovers, writeFileAtomic } from "../../../node/files.ts";
import { lockFolder } from "../../../node/lock.ts";
import { isSameFile } from "../../../node/sameFile.ts";
import { openStorage } from "../../../node/storage/open.ts";
import type { Storage } from "../../../node/storage/storage.ts";
import { InputError } from "../../../predictor/errors.ts";
import type { Manifest } from "../../../predictor/manifest.ts";
import { fileInputs } from "../../core/inputs/types.ts";
import { TOP } from "../../predictOptions.ts";
import { columnsOf } from "../columns.ts";
import { answerFormat, type FormatName } from "../format.ts";
import { mayLeaveOut } from "../missing.ts";
import type { BatchOptions } from "../run.ts";
import { cutFile, type Shard } from "./cut.ts";
import { findInputFiles, type InputFile } from "./inputFiles.ts";
import { nameOf, runtimeVersion, type Scoring, type ShardJob, type ShardOutput } from "./job.ts";
import { MANIFEST, readShardsManifest, type ShardsManifest } from "./manifest.ts";
import { createLocalRunner, type ShardRunner } from "./runner.ts";
import { findOutput } from "./score.ts";

/** Wait before the second try of a shard, in milliseconds; doubled for the third. */
const BACKOFF_MS = 500;
/** Where outputs are kept until all are there, if no other storage is named. */
const OWN_STORAGE = ".storage";

export interface ShardedOptions extends Omit<BatchOptions, "output" | "rejects" | "onProgress"> {
  /** A file, a folder or a pattern. */
  readonly input: string;
  /** Gets the files and the manifest. */
  readonly folder: string;
  readonly format: FormatName;
  readonly rowsPerShard: number;
  /** Processes of this machine that score. */
  readonly workers: number;
  /** As `openStorage` takes it; default: in the folder until the batch is done. */
  readonly storage?: string | undefined;
  /** Redis of a queue whose workers score instead; needs `storage`, which they have, too. */
  readonly queue?: string | undefined;
  readonly onProgress?: (progress: ShardedProgress) => void;
}

export interface ShardedProgress {
  /** Size of all input files. */
  readonly totalBytes: number;
  /** Bytes of the shards that are done. */
  readonly bytes: number;
  readonly rows: number;
  readonly rejected: number;
  readonly incomplete: number;
}

export interface ShardedResult {
  /** Undefined if it was stopped, or shards were set aside: the same command goes on with what is missing. */
  readonly manifest: ShardsManifest | undefined;
  readonly rows: number;
  /** Why shards were set aside. */
  readonly failures: readonly string[];
}

/**
 * Writes a file of answers per shard, a file of rejects where there are any, and the manifest when all are there. What a
 * killed run of the same command has scored is not scored again.
 *
 * @throws InputError on files and folders that cannot be used.
 */
export async function runSharded(options: ShardedOptions): Promise<ShardedResult> {
  const { folder, input, overwrite } = options;
  const files = await findInputFiles(input);
  await checkApart(files, folder);
  const bundle = await openManifest(options.model);
  const scoring = scoringOf(bundle, options);
  await mkdir(folder, { recursive: true });
  const release = await lockFolder(folder, "batch", "name another --shards");
  try {
    const batch = batchOf(files, scoring, options.rowsPerShard);
    const earlier = overwrite ? undefined : await readShardsManifest(folder);
    if (earlier) {
      checkSame(earlier.batch, batch, folder);
      return { manifest: earlier, rows: earlier.rows, failures: [] };
    }
    if (overwrite) await clear(folder);
    const storage = openStorage(options.storage ?? join(folder, OWN_STORAGE), options.onWarning);
    const ignored = new Set<string>();
    const run = await scoreAll(files, { ...options, scoring, storage, ignored });
    for (const name of ignored) {
      const known = columnsOf(bundle.inputs).join(", ");
      options.onWarning?.(`"${name}" is not one of ${known}, and is ignored`);
    }
    if (run.failures.length > 0 || options.signal.aborted) {
      return { manifest: undefined, rows: run.progress.rows, failures: run.failures };
    }
    const manifest: ShardsManifest = {
      format: 1,
      batch,
      answers: options.format,
      rows: run.progress.rows,
      rejected: run.progress.rejected,
      incomplete: run.progress.incomplete,
      shards: run.shards,
    };
    await removeOthers(folder, manifest);
    const text = `${JSON.stringify(manifest, undefined, 1)}\n`;
    await writeFileAtomic(join(folder, MANIFEST), text);
    await rm(join(folder, OWN_STORAGE), { recursive: true, force: true });
    return { manifest, rows: manifest.rows, failures: [] };
  } finally {
    await release();
  }
}

/** @throws InputError if the options do not go together. */
function scoringOf(bundle: Manifest, options: ShardedOptions): Scoring {
  const { format, precision, folders, missing = {}, allowEmpty = false } = options;
  const { needsAllScores } = answerFormat(format, bundle.target);
  if (needsAllScores && options.top !== undefined) {
    throw new InputError("--top", "is not for CSV, which has all probabilities");
  }
  const given = fileInputs(bundle.inputs).flatMap((name) => {
    const path = folders[name];
    return path === undefined ? [] : [[name, resolve(path)] as const];
  });
  return {
    model: versionOf(bundle),
    precision,
    runtime: runtimeVersion(),
    format,
    ...(needsAllScores ? {} : { top: options.top ?? TOP }),
    allowEmpty,
    folders: Object.fromEntries(given),
    ...(mayLeaveOut(missing) ? { missing } : {}),
  };
}

/** In words for people, see `checkSame`. */
function batchOf(files: readonly InputFile[], scoring: Scoring, rowsPerShard: number) {
  return {
    "input files": files.map(({ path, bytes, changed }) => ({
      path: resolve(path),
      bytes,
      changed,
    })),
    "rows per shard": rowsPerShard,
    ...scoring,
  };
}

function checkSame(
  earlier: ShardsManifest["batch"],
  batch: ShardsManifest["batch"],
  folder: string,
): void {
  const names = [...new Set([...Object.keys(earlier), ...Object.keys(batch)])];
  const changed = names.filter(
    (name) => JSON.stringify(earlier[name]) !== JSON.stringify(batch[name]),
  );
  if (changed.length === 0) return;
  throw new InputError(
    "--shards",
    `${folder} has a batch with another ${changed.join(" and ")}; name another folder, or replace it with --overwrite`,
  );
}

interface Run extends Omit<ShardedOptions, "storage"> {
  readonly scoring: Scoring;
  readonly storage: Storage;
  /** Collects the names of columns that were left out. */
  readonly ignored: Set<string>;
}

async function scoreAll(files: readonly InputFile[], run: Run) {
  const { scoring, storage, signal } = run;
  const runner = await createRunner(run);
  const stop = () => void runner.close();
  signal.addEventListener("abort", stop, { once: true });
  const shards: ShardsManifest["shards"] = [];
  const failures: string[] = [];
  const totalBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  let progress: ShardedProgress = { totalBytes, bytes: 0, rows: 0, rejected: 0, incomplete: 0 };
  let wrong: unknown;

  async function score(index: number, file: InputFile, shard: Shard): Promise<void> {
    const job: ShardJob = { kind: "shard", scoring, rows: shard.rows };
    try {
      const output = await outputOf(job, file, shard, runner, run);
      shards[index] = await publish(index, file, shard, output, run);
      for (const name of output.ignored) run.ignored.add(name);
      const { rows, rejected, incomplete } = output;
      progress = {
        totalBytes,
        bytes: progress.bytes + shard.bytes,
        rows: progress.rows + rows,
        rejected: progress.rejected + rejected,
        incomplete: progress.incomplete + incomplete,
      };
      run.onProgress?.(progress);
    } catch (error) {
      if (error instanceof InputError) wrong ??= error;
      else if (!signal.aborted) failures.push((error as Error).message);
    }
  }

  try {
    const working = new Set<Promise<void>>();
    let index = 0;
    for (const file of files) {
      for await (const shard of cutFile(file, { ...run, storage })) {
        const done = score(index++, file, shard).finally(() => working.delete(done));
        working.add(done);
        if (working.size >= runner.atOnce) await Promise.race(working);
        if (signal.aborted || wrong !== undefined) break;
      }
      if (signal.aborted || wrong !== undefined) break;
    }
    if (wrong !== undefined) await runner.close();
    await Promise.all(working);
    if (wrong !== undefined) throw wrong;
    return { shards, failures, progress };
  } finally {
    signal.removeEventListener("abort", stop);
    await runner.close();
  }
}

async function createRunner({
  queue: url,
  storage,
  workers,
  onWarning,
}: Run): Promise<ShardRunner> {
  const onNotice = (text: string) => onWarning?.(text);
  if (url === undefined) return createLocalRunner(workers, onNotice);
  // Loaded only where it is wanted: most batches need no Redis client.
  const { createQueueRunner } = await import("./queue/runner.ts");
  return createQueueRunner({ url, storage: storage.url, onNotice });
}

/** From the storage, or from the runner; what fails is tried again. */
async function outputOf(
  job: ShardJob,
  file: InputFile,
  { place }: Shard,
  runner: ShardRunner,
  { model, storage, signal, onWarning }: Run,
): Promise<ShardOutput> {
  const name = nameOf(job, file.path);
  for (let tries = 1; ; tries++) {
    try {
      const done = await findOutput(storage, job);
      if (done) return done;
      const work = { job, model, path: file.path, place, storage: storage.url };
      const result = await runner.score(work, name);
      if ("output" in result) return result.output;
      throw new InputError(result.wrong.field, result.wrong.detail);
    } catch (error) {
      if (error instanceof InputError || signal.aborted) throw error;
      if (runner.tries === 1) throw error;
      const text = `${(error as Error).message} (try ${tries} of ${runner.tries})`;
      if (tries === runner.tries) throw new Error(text, { cause: error });
      onWarning?.(text);
      await pause(BACKOFF_MS * 2 ** (tries - 1));
    }
  }
}

/** Writes a shard's files into the folder. */
async function publish(
  index: number,
  file: InputFile,
  { rows: { firstLine } }: Shard,
  output: ShardOutput,
  { folder, storage, format }: Run,
): Promise<ShardsManifest["shards"][number]> {
  const { rows, rejected } = output;
  const write = async (part: ShardOutput["answers"], name: string) => {
    await writeFileAtomic(join(folder, name), await storage.get(part.sha256));
    return { path: name, ...part };
  };
  const stem = `part-${String(index).padStart(6, "0")}`;
  const answers = await write(output.answers, `${stem}.${format}`);
  const shard = { file: file.path, firstLine, rows, rejected, answers };
  if (rejected === 0) return shard;
  return { ...shard, rejects: await write(output.rejects, `${stem}.rejects.jsonl`) };
}

const PART = /^part-\d{6,}\.(jsonl|csv|rejects\.jsonl)$/;

/** @throws InputError if a file would be replaced by answers, or removed as earlier ones, while it is read. */
async function checkApart(files: readonly InputFile[], folder: string): Promise<void> {
  for (const { path } of files) {
    const real = await realpath(path);
    if (!PART.test(basename(real)) || !(await isSameFile(dirname(real), folder))) continue;
    throw new InputError(
      "--shards",
      `${folder} has ${path}, which is read as input, under a name of answers; name another folder`,
    );
  }
}

/** Removes what is left of unfinished runs that had other shards. */
async function removeOthers(folder: string, manifest?: ShardsManifest): Promise<void> {
  const own = new Set(
    manifest?.shards.flatMap(({ answers, rejects }) => [answers.path, rejects?.path]),
  );
  for (const name of await readdir(folder)) {
    if (PART.test(name) && !own.has(name)) await rm(join(folder, name), { force: true });
  }
  await removeAllLeftovers(folder);
}

async function clear(folder: string): Promise<void> {
  await rm(join(folder, MANIFEST), { force: true });
  await rm(join(folder, OWN_STORAGE), { recursive: true, force: true });
  await removeOthers(folder);
}
