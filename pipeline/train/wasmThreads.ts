/**
 * Runs tfjs's threaded WASM build in Node. The package includes it, but tfjs starts it only in browsers
 * (https://github.com/tensorflow/tfjs/issues/3830); Emscripten's part supports Node if it gets workers that it can start.
 * Every number of threads gives the same bits: XNNPACK distributes outputs over threads, never the terms of one sum.
 */

import { EventEmitter } from "node:events";
import { createRequire } from "node:module";
import type { CpuInfo } from "node:os";
import { dirname, join } from "node:path";
import type { Worker, WorkerOptions } from "node:worker_threads";
import { getThreadsCount, setThreadsCount } from "@tensorflow/tfjs-backend-wasm";
import { env } from "@tensorflow/tfjs-core";
import { threadsOfEach } from "../config/threads.ts";
import { reasonOf } from "./backends/trainingBackend.ts";
import type { WasmMemory } from "./kernels/simd/memory.ts";

const require = createRequire(import.meta.url);
/** The module objects that CommonJS code gets, such as tfjs's bundle; ES module imports are separate objects. */
const workerThreads = require("node:worker_threads") as { Worker: typeof Worker };
const os = require("node:os") as { cpus(): CpuInfo[] };

let wantedThreads = 1;
/** Why threads did not start. */
let failureReason: string | undefined;
/** The memory that the threads share. */
let memory: WasmMemory | undefined;

/** The memory of the threaded build, which tfjs hands to its threads only. */
export const sharedMemory = (): WasmMemory | undefined => memory;

/**
 * Sets the number of threads for the next start of the WASM backend. Results do not depend on it.
 *
 * @param threads Default: one per processor, up to MAX_WASM_THREADS.
 */
export function setWasmThreads(threads = threadsOfEach(1)): void {
  wantedThreads = threads;
}

/**
 * Starts the WASM backend with the threads set before, or with one if threads do not start.
 *
 * @param start Makes tfjs start the backend; resolves to whether it did.
 */
export async function startWasm(start: () => Promise<boolean>): Promise<boolean> {
  failureReason = undefined;
  if (wantedThreads > 1) {
    if (await withThreads(wantedThreads, start).catch(recordFailure)) return true;
    failureReason ??= "tfjs gives no reason why threads do not start";
  }
  env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  return start();
}

function recordFailure(error: unknown): false {
  failureReason ??= reasonOf(error);
  return false;
}

/**
 * "SIMD, 2 threads"; empty for the plain build on one thread. If threads were wanted but did not start: "SIMD, 1 thread: "
 * and the reason.
 */
export async function describeWasm(): Promise<string> {
  const simd = await env().getAsync("WASM_HAS_SIMD_SUPPORT");
  const threaded = await env().getAsync("WASM_HAS_MULTITHREAD_SUPPORT");
  const threads = threaded
    ? `${getThreadsCount()} threads`
    : failureReason && `1 thread: ${failureReason}`;
  return [simd ? "SIMD" : undefined, threads].filter(Boolean).join(", ");
}

/** Runs `start` while Node's Worker and processor count look like a browser's to tfjs. */
async function withThreads<T>(threads: number, start: () => Promise<T>): Promise<T> {
  const { Worker } = workerThreads;
  const { cpus } = os;
  workerThreads.Worker = poolWorker(Worker) as unknown as typeof Worker;
  // The build uses at most half as many threads as processors, to leave some for a browser's page.
  os.cpus = () => Array.from({ length: 2 * threads }, () => cpus()[0]!);
  env().set("WASM_HAS_MULTITHREAD_SUPPORT", true);
  setThreadsCount(threads);
  try {
    return await start();
  } finally {
    workerThreads.Worker = Worker;
    os.cpus = cpus;
    Reflect.deleteProperty(globalThis, "Worker"); // set by Emscripten
  }
}

interface Message {
  readonly cmd?: string;
  readonly urlOrBlob?: string;
  readonly wasmMemory?: WasmMemory;
}

/** Paths and code of the threaded build: its module, and the source of its workers. */
function readThreadedBuild(): { script: string; workerCode: string } {
  const folder = join(
    dirname(require.resolve("@tensorflow/tfjs-backend-wasm/package.json")),
    "wasm-out",
  );
  const name = join(folder, "tfjs-backend-wasm-threaded-simd");
  const { wasmWorkerContents } = require(`${name}.worker.js`) as { wasmWorkerContents: string };
  // As in tfjs: "\n" in the original source has become a line break within quotes.
  return { script: `${name}.js`, workerCode: wasmWorkerContents.replace(/\n/g, "\\n") };
}

/** A class that Emscripten can use as a worker. Of its pool of eight, only those that are used become threads. */
function poolWorker(Thread: typeof Worker) {
  const { script, workerCode } = readThreadedBuild();
  // Without the TypeScript loader, which would take a second and 10 MB per thread.
  const options: WorkerOptions = { eval: true, execArgv: [] };

  return class PoolWorker extends EventEmitter {
    load: Message | undefined;
    thread: Worker | undefined;

    postMessage(message: Message): void {
      if (message.cmd === "load") {
        this.load = { ...message, urlOrBlob: script };
        memory = message.wasmMemory;
        setImmediate(() => this.emit("message", { cmd: "loaded" }));
        return;
      }
      this.thread ??= this.begin();
      this.thread.postMessage(message);
    }

    begin(): Worker {
      const thread = this.create();
      thread.on("message", (message: Message) => {
        if (message.cmd !== "loaded") this.emit("message", message);
      });
      thread.on("error", (error) => this.emit("error", error));
      // Threads end only through a failure; without this error, the main thread would wait for it for ever.
      thread.on("exit", (status) => {
        this.emit("error", new Error(`a thread of the WASM backend ended (status ${status})`));
      });
      // A thread waits for work until the end; the process must not wait for the thread.
      thread.unref();
      thread.postMessage(this.load);
      return thread;
    }

    /** Records why a thread did not start, because tfjs reports only that it did not. */
    create(): Worker {
      try {
        return new Thread(workerCode, options);
      } catch (error) {
        recordFailure(error);
        throw error;
      }
    }

    terminate(): void {
      void this.thread?.terminate();
    }

    ref(): void {}
    unref(): void {}
  };
}
