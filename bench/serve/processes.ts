/** Starts the compared servers, each in its own processes. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

export interface ServerProcess {
  readonly url: string;
  /** Resident set size in bytes; Linux only. */
  memory(): number;
  /** Processor time that it and its child processes have taken, in milliseconds; Linux only. */
  processorTime(): number;
  stop(): Promise<void>;
}

/** Longest time until a started server answers, in milliseconds. */
const START_MS = 60_000;

/** Values of command-line options by name, without the dashes. */
export type Flags = Readonly<Record<string, string | number>>;

/** @throws Error if the server does not answer within a minute. */
export async function startMarquee(flags: Flags): Promise<ServerProcess> {
  const port = await freePort();
  const args = flagList({ ...flags, port, "log-level": "error" });
  const child = spawn(process.execPath, ["--import", "tsx", "serve/main.ts", ...args], {
    stdio: "inherit",
  });
  return untilLive(child, port);
}

export interface PythonOptions {
  readonly bundle: string;
  /** Number of processes. */
  readonly workers: number;
  /** Threads of onnxruntime in each process. */
  readonly threads: number;
}

/** @throws Error if the server does not answer within a minute. */
export async function startPython(
  python: string,
  { bundle, workers, threads }: PythonOptions,
): Promise<ServerProcess> {
  const port = await freePort();
  const args = flagList({
    "app-dir": "bench/serve",
    port,
    workers,
    // FastAPI's default; without uvloop, several workers leave Nagle's algorithm on, which costs 40 ms.
    loop: "uvloop",
    http: "httptools",
    "log-level": "error",
  });
  const child = spawn(python, ["-m", "uvicorn", "server:app", "--no-access-log", ...args], {
    stdio: "inherit",
    env: { ...process.env, BUNDLE: bundle, THREADS: String(threads) },
  });
  return untilLive(child, port);
}

function flagList(flags: Flags): string[] {
  return Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

async function untilLive(child: ChildProcess, port: number): Promise<ServerProcess> {
  const url = `http://127.0.0.1:${port}`;
  const end = performance.now() + START_MS;
  while (!(await isLive(url))) {
    if (child.exitCode !== null || performance.now() > end) {
      child.kill();
      throw new Error(`${child.spawnargs.join(" ")} did not answer within ${START_MS / 1000} s`);
    }
    await pause(100);
  }
  return {
    url,
    memory: () => memoryOf(child.pid!),
    processorTime: () => processorTimeOf(String(child.pid)),
    async stop() {
      if (child.exitCode !== null) return;
      const exited = once(child, "exit");
      child.kill("SIGINT");
      await exited;
    },
  };
}

async function isLive(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/livez`)).ok;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

function memoryOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) * 1024;
}

/** Length of a clock tick in /proc. */
const TICK_MS = 10;

function processorTimeOf(pid: string): number {
  const folder = `/proc/${pid}`;
  // The name, in parentheses, may have blanks.
  const fields = readFileSync(`${folder}/stat`, "utf8").split(") ")[1]!.split(" ");
  const [user, system] = [Number(fields[11]), Number(fields[12])];
  const children = readdirSync(`${folder}/task`).flatMap((thread) =>
    readFileSync(`${folder}/task/${thread}/children`, "utf8").split(" ").filter(Boolean),
  );
  return (user + system) * TICK_MS + children.reduce((sum, each) => sum + processorTimeOf(each), 0);
}
