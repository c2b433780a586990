/**
 * tfjs's threaded WASM build in Node. The package has it, but tfjs starts it in browsers alone
 * (https://github.com/tensorflow/tfjs/issues/3830); Emscripten's side of it knows Node, given workers that it can start.
 * Every number of threads gives the same bits: XNNPACK divides outputs among threads, never the sum that makes one of them.
 */

import { EventEmitter } from "node:events";
import { createRequire } from "node:module";
import { availableParallelism, type CpuInfo } from "node:os";
import { dirname, join } from "node:path";
import type { Worker, WorkerOptions } from "node:worker_threads";
import { getThreadsCount, setThreadsCount } from "@tensorflow/tfjs-backend-wasm";
import { env } from "@tensorflow/tfjs-core";
import { reasonOf } from "./backends/trainingBackend.ts";

/** XNNPACK's threadpool in tfjs takes no more. */
export const MOST_THREADS = 4;

const require = createRequire(import.meta.url);
/** The very objects that CommonJS modules get: tfjs's bundle is one. */
const workerThreads = require("node:worker_threads") as { Worker: typeof Worker };
const os = require("node:os") as { cpus(): CpuInfo[] };

let wanted = 1;
/** Why threads did not start. */
let refused: string | undefined;

/**
 * What the WASM backend computes with where it is started after this; every number gives the same result.
 *
 * @param threads Default: one per processor, as far as they are of use.
 */
export function setWasmThreads(threads = Math.min(MOST_THREADS, availableParallelism())): void {
  wanted = threads;
}

/**
 * Starts the WASM backend with the threads wanted, or with one where threads do not start.
 *
 * @param start Has tfjs start it, and says whether that went well.
 */
export async function startWasm(start: () => Promise<boolean>): Promise<boolean> {
  refused = undefined;
  if (wanted > 1) {
    if (await withThreads(wanted, start).catch(refuse)) return true;
    refused ??= "tfjs does not say why more do not start";
  }
  env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  return start();
}

function refuse(error: unknown): false {
  refused ??= reasonOf(error);
  return false;
}

/**
 * "SIMD, 2 threads", as far as it is so; empty for the plain build on one thread. Where more were wanted: "SIMD, 1 thread:"
 * and why.
 */
export async function describeWasm(): Promise<string> {
  const simd = await env().getAsync("WASM_HAS_SIMD_SUPPORT");
  const threaded = await env().getAsync("WASM_HAS_MULTITHREAD_SUPPORT");
  const threads = threaded ? `${getThreadsCount()} threads` : refused && `1 thread: ${refused}`;
  return [simd ? "SIMD" : undefined, threads].filter(Boolean).join(", ");
}

async function withThreads<T>(threads: number, start: () => Promise<T>): Promise<T> {
  const { Worker } = workerThreads;
  const { cpus } = os;
  workerThreads.Worker = poolWorker(Worker) as unknown as typeof Worker;
  // The build takes at most half as many threads as there are processors: a browser has a page to draw meanwhile.
  os.cpus = () => Array.from({ length: 2 * threads }, () => cpus()[0]!);
  env().set("WASM_HAS_MULTITHREAD_SUPPORT", true);
  setThreadsCount(threads);
  try {
    return await start();
  } finally {
    workerThreads.Worker = Worker;
    os.cpus = cpus;
    Reflect.deleteProperty(globalThis, "Worker"); // Emscripten has put the class there
  }
}

interface Message {
  readonly cmd?: string;
}

/** What Emscripten takes for a worker. Of its pool of eight only those that are run become threads. */
function poolWorker(Thread: typeof Worker) {
  const folder = join(
    dirname(require.resolve("@tensorflow/tfjs-backend-wasm/package.json")),
    "wasm-out",
  );
  const name = join(folder, "tfjs-backend-wasm-threaded-simd");
  const { wasmWorkerContents } = require(`${name}.worker.js`) as { wasmWorkerContents: string };
  // As in tfjs: what was "\n" in the source has become a line break within its quotes.
  const code = wasmWorkerContents.replace(/\n/g, "\\n");
  // No loader of TypeScript is needed there; each would take a second and 10 MB.
  const options: WorkerOptions = { eval: true, execArgv: [] };

  return class PoolWorker extends EventEmitter {
    load: Message | undefined;
    thread: Worker | undefined;

    postMessage(message: Message): void {
      if (message.cmd === "load") {
        this.load = { ...message, ...{ urlOrBlob: `${name}.js` } };
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
      // Nothing ends it but a fault; computing on would wait for it for ever.
      thread.on("exit", (status) => {
        this.emit("error", new Error(`a thread of the WASM backend ended (status ${status})`));
      });
      // A thread waits for work to the end; the process must not wait for it.
      thread.unref();
      thread.postMessage(this.load);
      return thread;
    }

    /** tfjs only says that it did not start. */
    create(): Worker {
      try {
        return new Thread(code, options);
      } catch (error) {
        refuse(error);
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
