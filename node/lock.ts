/**
 * Locks that keep two processes from writing the same files. Node has no file locks, so processes create claims.
 *
 * Every contender creates a claim, a file of its own name, and then looks at the others'. A claim is dead when its process is
 * (same machine and PID namespace), or when its heartbeat has stopped (another container or host). An owner among the living
 * ones refuses; of several that are still entering, the one with the smallest name goes on. No claim is ever replaced, so that
 * a dead one can be deleted by anybody at any time: deleting and re-creating one file is what lets two take it over at once.
 */

import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import * as z from "zod";
import { writeFileAtomic } from "./files.ts";
import { processSpace, startOf } from "./processSpace.ts";

/** Heartbeats are this far apart, and a claim without one for `DEAD_MS` is dead. */
const HEARTBEAT_MS = 5_000;
/** Above any pause of a busy machine; a suspended one loses its lock. */
const DEAD_MS = 30_000;
/** Between two looks at contenders that are entering as well. */
const PAUSE_MS = 10;
/** Entering takes milliseconds. */
const ENTER_MS = 30_000;

/** A UUID. */
const ID = /^[0-9a-f-]{36}$/;

const claimSchema = z.object({
  pid: z.int().positive(),
  /** When the process started, see `startOf`: ids are reused. Empty if unknown. */
  started: z.string(),
  host: z.string(),
  /** Where `pid` means this process; see `processSpace`. */
  processSpace: z.string(),
});
type Claim = z.infer<typeof claimSchema>;

export interface LockOptions {
  /** What the lock's owner is, for the error: "run", "sweep". */
  readonly kind: string;
  /** What is locked, for the error: a folder or file. */
  readonly what: string;
  /** What to do about it, for the error: "use another --out". */
  readonly advice: string;
  /** Default: 5 seconds. */
  readonly heartbeatMs?: number;
}

/** Frees the lock; may be called again. A killed process leaves a dead claim, which the next one removes. */
export type Release = () => Promise<void>;

/** Locks a folder; see `lock`. */
export function lockFolder(folder: string, kind: string, advice: string): Promise<Release> {
  return lock(join(folder, "lock"), { kind, what: folder, advice });
}

/**
 * @param path Claims are named after it: `<path>.<id>` while entering, and `<path>.<id>.owner` beside.
 * @throws Error where a living process has the lock.
 */
export async function lock(path: string, options: LockOptions): Promise<Release> {
  const own = `${basename(path)}.${randomUUID()}`;
  const claim = join(dirname(path), own);
  const marker = `${claim}.owner`;
  await writeFileAtomic(claim, JSON.stringify(ownClaim()));
  const stopHeartbeat = startHeartbeat(claim, options.heartbeatMs ?? HEARTBEAT_MS);
  const release = async () => {
    await stopHeartbeat();
    await rm(marker, { force: true });
    await rm(claim, { force: true });
  };
  try {
    await enter(path, own, options);
    await writeFile(marker, "");
    return release;
  } catch (error) {
    await release();
    throw error;
  }
}

/** Returns when no other living claim is left; throws where one is an owner, or goes before this one. */
async function enter(path: string, own: string, options: LockOptions): Promise<void> {
  const end = performance.now() + ENTER_MS;
  for (;;) {
    const others = await livingClaims(path, own);
    if (others.length === 0) return;
    const first = others.find(({ owner }) => owner) ?? others.find(({ name }) => name < own);
    if (first || performance.now() > end) throw busy(first ?? others[0]!, options);
    await pause(PAUSE_MS);
  }
}

interface LivingClaim {
  readonly name: string;
  readonly claim: Claim;
  readonly owner: boolean;
}

/** Removes dead claims on the way. */
async function livingClaims(path: string, own: string): Promise<LivingClaim[]> {
  const folder = dirname(path);
  const prefix = `${basename(path)}.`;
  const names = (await readdir(folder)).filter(
    (name) => name.startsWith(prefix) && ID.test(name.slice(prefix.length)) && name !== own,
  );
  const living: LivingClaim[] = [];
  for (const name of names) {
    const file = join(folder, name);
    const claim = await readClaim(file);
    if (claim === undefined) continue;
    if (await isAlive(claim, file)) {
      living.push({ name, claim, owner: existsSync(`${file}.owner`) });
      continue;
    }
    await rm(`${file}.owner`, { force: true });
    await rm(file, { force: true });
  }
  return living;
}

/** Undefined if the file has been removed, or does not hold a claim. */
async function readClaim(file: string): Promise<Claim | undefined> {
  try {
    return claimSchema.parse(JSON.parse(await readFile(file, "utf8")));
  } catch {
    return undefined;
  }
}

async function isAlive(claim: Claim, file: string): Promise<boolean> {
  if (claim.processSpace === processSpace()) {
    const started = startOf(claim.pid);
    // Empty: a process with this id is running, and whether it is another one cannot be known.
    return started === "" || started === claim.started;
  }
  const info = await stat(file).catch(() => undefined);
  return info !== undefined && Date.now() - info.mtimeMs < DEAD_MS;
}

function busy({ claim }: LivingClaim, { kind, what, advice }: LockOptions): Error {
  const where = claim.host === hostname() ? "" : ` on ${claim.host}`;
  return new Error(
    `a ${kind} is at work in ${what} (process ${claim.pid}${where}); wait for it, or ${advice}`,
  );
}

function ownClaim(): Claim {
  return {
    pid: process.pid,
    started: startOf(process.pid) ?? "",
    host: hostname(),
    processSpace: processSpace(),
  };
}

/** In a thread of its own: fitting and training keep this one busy for longer than a heartbeat. */
function startHeartbeat(file: string, milliseconds: number): () => Promise<void> {
  const worker = new Worker(
    `const { utimesSync } = require("node:fs");
     const { workerData: { file, milliseconds } } = require("node:worker_threads");
     setInterval(() => { try { const now = new Date(); utimesSync(file, now, now); } catch {} }, milliseconds);`,
    { eval: true, execArgv: [], workerData: { file, milliseconds } },
  );
  worker.unref();
  return async () => {
    await worker.terminate();
  };
}
