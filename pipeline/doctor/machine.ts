/** Processor, memory, GPUs, versions, and the programs that are used where they are there. */

import { execFile } from "node:child_process";
import { availableParallelism, cpus, freemem, totalmem } from "node:os";
import { promisify } from "node:util";
import { describeCuda } from "../../node/cudaProvider.ts";
import { readVersions } from "../report/provenance.ts";

export interface Machine {
  readonly platform: string;
  readonly processor: string;
  /** Threads that can run at a time, as far as this process is allowed. */
  readonly threads: number;
  /** GiB. */
  readonly memory: { readonly total: number; readonly free: number };
  /** As nvidia-smi names them, with driver and memory. */
  readonly nvidia: readonly string[];
  /** What of CUDA is here, for ONNX Runtime: its provider, and each library that the provider needs. */
  readonly cuda: readonly string[];
  /** Versions of this program, of Node, and of the packages that matter. */
  readonly versions: Readonly<Record<string, string>>;
  /** Name and version of the browser that the tests of the page need. */
  readonly chromium?: string;
}

const CHROMIUM = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const GIB = 2 ** 30;

export async function describeMachine(): Promise<Machine> {
  const nvidia = await ask("nvidia-smi", [
    "--query-gpu=name,driver_version,memory.total",
    "--format=csv,noheader",
  ]);
  const cuda = await describeCuda();
  const found = await Promise.all(CHROMIUM.map((name) => ask(name, ["--version"])));
  const chromium = found.find((answer) => answer !== undefined);
  return {
    platform: `${process.platform} ${process.arch}`,
    processor: cpus()[0]?.model.trim() ?? "unknown",
    threads: availableParallelism(),
    memory: { total: totalmem() / GIB, free: freemem() / GIB },
    nvidia: nvidia?.split("\n").map((line) => line.trim()) ?? [],
    cuda,
    versions: readVersions(),
    ...(chromium === undefined ? {} : { chromium }),
  };
}

/** What a program prints; undefined where it is not there or fails. */
async function ask(program: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(program, args, { timeout: 10_000 });
    return stdout.trim();
  } catch {
    return undefined;
  }
}
