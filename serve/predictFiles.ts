/** `npm run predict -- --input`: answers files of items, as one batch or in shards. */

import { stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { Presets, SingleBar } from "cli-progress";
import { graphFileOf, openManifest } from "../node/bundle.ts";
import { FAILED, STOPPED, WRONG_INPUT } from "../node/command.ts";
import { flagOf } from "../node/options/setting.ts";
import { InputError } from "../predictor/errors.ts";
import { formatOf } from "./batch/format.ts";
import { missingSchema } from "./batch/missing.ts";
import { defaultRejects } from "./batch/outputs.ts";
import { type BatchOptions, runBatch } from "./batch/run.ts";
import { findInputFiles } from "./batch/shards/inputFiles.ts";
import { checkMergeOutputs, mergeShards } from "./batch/shards/merge.ts";
import { runSharded } from "./batch/shards/run.ts";
import { type Options, optionKeys, SHARD_ROWS } from "./predictOptions.ts";

/** Answers a file as one batch. @returns The exit code. */
export async function predictFile(
  model: string,
  options: Options & { readonly input: string },
): Promise<number> {
  const given = await fileOptions(model, options);
  const { input, output, top, allowEmpty = false } = options;
  if (output === undefined)
    throw new InputError("--output", "is missing; name a file for the answers");
  const rejects = options.rejects ?? defaultRejects(output);
  const bytes = (await stat(input).catch(() => undefined))?.size ?? 0;
  const bar = createBar();
  const signal = stopSignal();
  // Without a terminal the bar draws nothing.
  bar.start(bytes, 0, { rows: 0, rejected: 0 });
  try {
    const { rows, rejected, incomplete, finished } = await runBatch({
      model,
      input,
      ...given,
      output,
      rejects,
      overwrite: options.overwrite,
      top,
      allowEmpty,
      signal,
      onWarning: (text) => warn(`${input}: ${text}`),
      onProgress: (read, progress) =>
        bar.update(read, { rows: progress.rows, rejected: progress.rejected }),
    });
    if (finished) bar.update(bytes);
    bar.stop();
    process.stderr.write(
      finished
        ? `${summaryOf({ rows, rejected, incomplete }, output, rejects)}\n`
        : `stopped after ${rows} rows; run the same command to continue\n`,
    );
    return finished ? exitCodeOf({ rows, rejected }) : STOPPED;
  } finally {
    bar.stop();
  }
}

/** Answers files in shards, joins them, or both. @returns The exit code. */
export async function predictShards(
  model: string,
  options: Options & { readonly shards: string },
): Promise<number> {
  const { shards: folder, input, output, merge, overwrite } = options;
  if (merge && output === undefined) {
    throw new InputError("--output", "is missing; name a file for the joined answers");
  }
  if (!merge && (output ?? options.rejects) !== undefined) {
    throw new InputError(
      output === undefined ? "--rejects" : "--output",
      "is for --merge; --shards names where answers are written",
    );
  }
  if (options.queue !== undefined && options.storage === undefined) {
    throw new InputError("--storage", "is missing; name what all machines of --queue share");
  }
  if (options.queue !== undefined && options.workers !== undefined) {
    throw new InputError(
      "--workers",
      "is not for --queue, whose workers are started by themselves",
    );
  }
  const rejects = options.rejects ?? defaultRejects(output ?? "");
  let code = 0;
  if (input !== undefined) {
    // Known before hours of work.
    if (output !== undefined && options.format && options.format !== formatOf(output)) {
      throw new InputError("--output", `${output} is not for --format ${options.format}`);
    }
    if (output !== undefined) {
      const inputs = (await findInputFiles(input)).map(({ path }) => path);
      await checkMergeOutputs({ output, rejects, inputs, overwrite });
    }
    code = await scoreShards(model, { ...options, input });
    if (code === STOPPED || code === FAILED) return code;
  } else if (!merge) {
    throw new InputError("--shards", "needs --input, or --merge");
  }
  if (!merge || output === undefined) return code;
  const counts = await mergeShards({ folder, output, rejects, overwrite });
  process.stderr.write(`${summaryOf(counts, output, rejects)}\n`);
  return exitCodeOf(counts);
}

/** Rejected rows are part of the answers, but where there is nothing else the input is wrong as a whole. */
function exitCodeOf({ rows, rejected }: Pick<Counts, "rows" | "rejected">): number {
  return rows > 0 && rejected === rows ? WRONG_INPUT : 0;
}

interface Counts {
  readonly rows: number;
  readonly rejected: number;
  readonly incomplete: number;
}

/** "8 of 10 rows answered in a.jsonl, 1 of them without a file that is missing or broken; 2 rejected, see a.jsonl.rejects" */
function summaryOf({ rows, rejected, incomplete }: Counts, output: string, rejects: string) {
  const refused = rejected === 0 ? "; none rejected" : `; ${rejected} rejected, see ${rejects}`;
  return `${rows - rejected} of ${rows} rows answered in ${output}${without(incomplete)}${refused}`;
}

function without(incomplete: number): string {
  return incomplete === 0 ? "" : `, ${incomplete} of them without a file that is missing or broken`;
}

async function scoreShards(
  model: string,
  options: Options & { readonly shards: string; readonly input: string },
): Promise<number> {
  const { shards: folder, input, output, top, allowEmpty = false } = options;
  const bar = createBar();
  const signal = stopSignal();
  let started = false;
  try {
    const { manifest, rows, failures } = await runSharded({
      model,
      input,
      ...(await fileOptions(model, options)),
      folder,
      format: options.format ?? formatOf(output ?? ""),
      rowsPerShard: options.shardRows ?? SHARD_ROWS,
      workers: options.workers ?? availableParallelism(),
      storage: options.storage,
      queue: options.queue,
      overwrite: options.overwrite,
      top,
      allowEmpty,
      signal,
      onWarning: warn,
      onProgress({ bytes, totalBytes, rows: done, rejected }) {
        if (!started) bar.start(totalBytes, 0, { rows: 0, rejected: 0 });
        started = true;
        bar.update(Math.round(bytes), { rows: done, rejected });
      },
    });
    bar.stop();
    if (manifest) {
      const { rejected, incomplete, shards } = manifest;
      const refused = rejected === 0 ? "" : `, ${rejected} rejected`;
      process.stderr.write(
        `${rows} rows in ${shards.length} shards${refused}${without(incomplete)}; see ${folder}/manifest.json\n`,
      );
      return exitCodeOf({ rows, rejected });
    }
    for (const failure of failures) process.stderr.write(`error: ${failure}\n`);
    const why = failures.length === 0 ? "stopped" : `${failures.length} shards failed`;
    process.stderr.write(`${why} after ${rows} rows; run the same command to continue\n`);
    return failures.length === 0 ? STOPPED : FAILED;
  } finally {
    bar.stop();
  }
}

/**
 * @returns The graph, and by the inputs' names folders of files and what is done without one.
 * @throws InputError for options that are not for files, Error if the bundle has no such graph.
 */
async function fileOptions(
  model: string,
  options: Options,
): Promise<Pick<BatchOptions, "precision" | "folders" | "missing">> {
  const { precision } = options;
  const manifest = await openManifest(model);
  graphFileOf(manifest, precision, model);
  const keys = optionKeys(manifest.inputs);
  for (const key of [...Object.values(keys.values), "json"]) {
    if (options[key] !== undefined && options[key] !== false) {
      throw new InputError(flagOf([key]), "is not for --input");
    }
  }
  const given = (named: Readonly<Record<string, string>>) =>
    Object.fromEntries(
      Object.entries(named)
        .map(([name, key]) => [name, options[key]] as const)
        .filter(([, value]) => value !== undefined),
    );
  return {
    precision,
    folders: given(keys.folders) as Record<string, string>,
    missing: missingSchema.parse(given(keys.missing)),
  };
}

function createBar(): SingleBar {
  return new SingleBar(
    {
      format: "{bar} {percentage} %  {rows} rows, {rejected} rejected  {eta_formatted} left",
      stream: process.stderr,
      hideCursor: null,
    },
    Presets.shades_classic,
  );
}

/** Aborted by the first SIGINT or SIGTERM; a second one ends the process. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
  return stop.signal;
}

/** On a line of its own, above the bar. */
function warn(text: string): void {
  process.stderr.write(`${process.stderr.isTTY ? "\r\u001b[2K" : ""}warning: ${text}\n`);
}
