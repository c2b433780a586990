/** The checkpoints of a run, under the cache folder: what they belong to, and whether a run can resume from them. */

import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, rmdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import * as z from "zod";
import { sha256, writeFileAtomic } from "../../node/files.ts";
import { lockFolder } from "../../node/lock.ts";
import { type Console, SILENT } from "../common/console.ts";
import { differences } from "../config/compare.ts";
import { type CheckpointPlace, describeCheckpoints } from "./checkpointer.ts";
import { FORMAT, type Identity } from "./identity.ts";

export interface RunFolder {
  /** True where an earlier run is gone on with. */
  readonly resumed: boolean;
  /** Folder of the run's logs, kept over resumption; undefined: none. */
  readonly logs: string | undefined;
  /** Where one training of the run keeps its checkpoints: "whole", "fold-1". */
  place(training: string): CheckpointPlace;
  /** When the bundle is published; the lock goes with the rest. */
  remove(): Promise<void>;
  /** When the run has failed; does nothing after `remove`. */
  release(): Promise<void>;
}

export interface RunFolderOptions {
  /** Folder of all caches. */
  readonly cache: string;
  /** Absolute path of the bundle: each has checkpoints of its own. */
  readonly target: string;
  readonly identity: Identity;
  readonly resume: boolean;
  /** For the logs of a run that begins; undefined: none are wanted. */
  readonly logs: string | undefined;
}

const RUN = "run.json";
const runSchema = z.object({
  identity: z.record(z.string(), z.unknown()),
  logs: z.string().optional(),
});
type RunDescription = z.infer<typeof runSchema>;

/** Parts of another run that the error names. */
const SHOWN = 8;

/**
 * Takes the folder for this run. A run that is not resumed begins with an empty one.
 *
 * @throws Error naming what differs, where the checkpoints to resume from belong to another configuration, data
 *   set or program; and where a running process has the folder.
 */
export async function openRunFolder(options: RunFolderOptions, out: Console): Promise<RunFolder> {
  const { cache, target, identity, resume } = options;
  const name = `${basename(target)}-${sha256(target).slice(0, 8)}`;
  const folder = join(cache, "checkpoints", name);
  await mkdir(folder, { recursive: true });
  const release = await lockFolder(folder, "run", "use another --out");
  try {
    let before = await readRun(folder, out);
    if (resume && !before) before = await adoptRun(folder, identity, out);
    if (resume && before) refuseOther(folder, before.identity, identity);
    const resumed = resume && before !== undefined;
    if (resumed) out.line(`  resuming: ${(await describeAll(folder)) ?? "no epoch was finished"}`);
    else await startAnew(folder, resume, before, out);
    // The log of a run stays where it began.
    const logs = (resumed ? before?.logs : undefined) ?? options.logs;
    const described: RunDescription = {
      identity: { ...identity },
      ...(logs === undefined ? {} : { logs }),
    };
    await writeFileAtomic(join(folder, RUN), `${JSON.stringify(described, undefined, 2)}\n`);
    const run = sha256(JSON.stringify(identity));
    return {
      resumed,
      logs: options.logs && logs,
      place: (training) => ({ folder: join(folder, training), run }),
      async remove() {
        for (const name of await entriesOf(folder)) {
          await rm(join(folder, name), { recursive: true, force: true });
        }
        await release();
        await rmdir(folder).catch(() => {});
      },
      release,
    };
  } catch (error) {
    await release();
    throw error;
  }
}

/**
 * Takes over the checkpoints of the same run to another target: one whose bundle could not be published there is published
 * here without training again.
 *
 * @returns Undefined where there are none, or their run is at work.
 */
async function adoptRun(
  folder: string,
  identity: Identity,
  out: Console,
): Promise<RunDescription | undefined> {
  for (const name of await readdir(dirname(folder))) {
    const other = join(dirname(folder), name);
    if (other === folder || !existsSync(join(other, RUN))) continue;
    if (!(await isRunOf(other, identity))) continue;
    const release = await lockFolder(other, "run", "").catch(() => undefined);
    if (!release) continue;
    // Another process may have taken it since.
    const run = await readRun(other, SILENT);
    if (!run || !(await isRunOf(other, identity))) {
      await release();
      continue;
    }
    // The description goes last: without it, what is moved belongs to nobody.
    const entries = (await entriesOf(other)).sort((a, b) => Number(a === RUN) - Number(b === RUN));
    for (const entry of entries) {
      await rm(join(folder, entry), { recursive: true, force: true });
      await rename(join(other, entry), join(folder, entry));
    }
    await release();
    await rmdir(other).catch(() => {});
    out.line(`  taking over the checkpoints in ${other}, of the same run to another --out`);
    return run;
  }
  return undefined;
}

async function isRunOf(folder: string, identity: Identity): Promise<boolean> {
  const run = await readRun(folder, SILENT);
  return run !== undefined && differences(run.identity, { ...identity }).length === 0;
}

/** All but the claims of its lock. */
async function entriesOf(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => !name.startsWith("lock."));
}

async function startAnew(
  folder: string,
  resume: boolean,
  before: RunDescription | undefined,
  out: Console,
): Promise<void> {
  if (resume) out.line(`  nothing to resume in ${folder}: starting from the beginning`);
  else if (before) {
    const lost = (await describeAll(folder)) ?? "no epoch finished";
    out.line(`  replacing the checkpoints of an unfinished run (${lost}), as without --resume`);
  }
  // The description goes first: what is left without one belongs to nobody.
  await rm(join(folder, RUN), { force: true });
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await rm(join(folder, entry.name), { recursive: true });
  }
}

async function readRun(folder: string, out: Console): Promise<RunDescription | undefined> {
  const path = join(folder, RUN);
  try {
    return runSchema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT") out.warn(`${path} is damaged (${message}); its checkpoints are lost`);
    return undefined;
  }
}

function refuseOther(folder: string, before: RunDescription["identity"], identity: Identity): void {
  const changes =
    before.format === FORMAT
      ? differences(before, { ...identity })
      : [`format: ${before.format} -> ${FORMAT}`];
  if (changes.length === 0) return;
  const more = changes.length > SHOWN ? [`and ${changes.length - SHOWN} more`] : [];
  throw new Error(
    [
      `--resume: the checkpoints in ${folder} are of another run; differences:`,
      ...[...changes.slice(0, SHOWN), ...more].map((change) => `  ${change}`),
      "Give the options it was started with, or leave out --resume to start over.",
    ].join("\n"),
  );
}

/** "title finished, poster after epoch 3; fold-1: ..." */
async function describeAll(folder: string): Promise<string | undefined> {
  const names = (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  const texts = await Promise.all(
    names.map(async (training) => {
      const text = await describeCheckpoints(join(folder, training));
      if (text === undefined) return [];
      return training === WHOLE ? text : `${training}: ${text}`;
    }),
  );
  const described = texts.flat();
  return described.length > 0 ? described.join("; ") : undefined;
}

/** The training of the whole train split, beside those of folds. */
export const WHOLE = "whole";
