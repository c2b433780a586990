/** A small data set and a short run of the real program, for tests of the whole. */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateSample } from "../../../pipeline/dataset/sample/sample.ts";
import { startOf } from "../../builtProgram.ts";

/**
 * Makes every stage run within seconds; what is learned does not matter. WASM repeats itself bit for bit, however many
 * threads it has: of two, one would spend a fifth of the run's processor time on waiting for the other.
 */
export const SHORT = [
  "--no-log",
  ...["--backend", "wasm", "--threads", "1"],
  ...["--title-epochs", "1", "--title-buckets", "256", "--title-dimensions", "8"],
  ...["--poster-epochs", "1", "--poster-height", "24", "--poster-width", "16"],
  ...["--poster-channels", "4,8", "--ratings-epochs", "1", "--ratings-dimensions", "16"],
];

export interface Workspace {
  /** A data set in the course layout. */
  readonly data: string;
  readonly root: string;
  remove(): Promise<void>;
}

export async function createWorkspace(movies = 80): Promise<Workspace> {
  const root = await mkdtemp(join(tmpdir(), "marquee-run-"));
  const data = join(root, "data");
  await generateSample(data, { seed: 7, movies });
  return { root, data, remove: () => rm(root, { recursive: true, force: true }) };
}

export interface ProcessResult {
  /** Exit code; null when killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Starts a program of ours as users of the build do, and gives both the process and its end.
 *
 * @param script Its TypeScript file, e.g. `pipeline/main.ts`.
 */
export function start(script: string, args: readonly string[]) {
  const child: ChildProcess = spawn(process.execPath, [...startOf(script), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout!.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr!.on("data", (chunk) => {
    stderr += chunk;
  });
  const finished = new Promise<ProcessResult>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
  return { child, finished, stderr: () => stderr };
}
