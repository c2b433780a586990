/** The servers that are compared, each in processes of its own. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

const START_MS = 60_000;

export async function startMarquee(args: readonly string[]): Promise<ServerProcess> {
  const port = await freePort();
  const all = ["--import", "tsx", "serve/main.ts", "--port", String(port), "--log-level", "error"];
  return started(spawn(process.execPath, [...all, ...args], { stdio: "inherit" }), port);
}

/** @param workers Processes; onnxruntime has `threads` threads in each. */
export async function startPython(
  python: string,
  bundle: string,
  workers: number,
  threads: number,
): Promise<ServerProcess> {
  const port = await freePort();
  const args = ["-m", "uvicorn", "server:app", "--app-dir", "bench/serve", "--port", String(port)];
  const child = spawn(
    python,
    // uvloop, as FastAPI sets it up: without it, several workers leave Nagle's algorithm on, which costs 40 ms.
    [
      ...args,
      "--workers",
      String(workers),
      "--loop",
      "uvloop",
      "--http",
      "httptools",
      "--log-level",
      "error",
      "--no-access-log",
    ],
    { stdio: "inherit", env: { ...process.env, BUNDLE: bundle, THREADS: String(threads) } },
  );
  return started(child, port);
}

async function started(child: ChildProcess, port: number): Promise<ServerProcess> {
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
    pid: child.pid!,
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
