/** Runs the graphs with the module of recordCalls.ts, and says which functions were called. */

import type * as Ort from "onnxruntime-web";
import { IDENTITY } from "../../web/worker/identity.ts";
import { FILES, type Input, type Measured, type Workload } from "./workload.ts";

const query = new URL(self.location.href).searchParams;
const [threads, count, functions, base] = ["threads", "count", "functions", "base"].map((name) =>
  Number(query.get(name)),
) as [number, number, number, number];

/** Options of web/worker/runtime.ts for its two graphs, and of the converter page. */
const OPTIONS: readonly Ort.InferenceSession.SessionOptions[] = [
  { logSeverityLevel: 3, extra: { session: { disable_quant_qdq: "1" } } },
  { executionProviders: ["wasm"] },
  { logSeverityLevel: 3 },
];

const ARRAYS: Readonly<Record<string, { from(data: readonly number[]): unknown }>> = {
  float32: Float32Array,
  int32: Int32Array,
  uint8: Uint8Array,
  bool: Uint8Array,
  int64: { from: (data) => BigInt64Array.from(data, BigInt) },
};

/** The notes are in the memory that the runtime's loader makes; room for them has to be there from the start. */
let memory!: WebAssembly.Memory;
const Native = WebAssembly.Memory;
const PAGE = 2 ** 16;
WebAssembly.Memory = new Proxy(Native, {
  construct(_, [descriptor]: [WebAssembly.MemoryDescriptor]) {
    const made = new Native(descriptor);
    // The runtime also makes an empty one to find out what a shared buffer is.
    if (descriptor.initial === 0) return made;
    memory = made;
    memory.grow(Math.ceil((base + functions) / PAGE) - descriptor.initial);
    return memory;
  },
});

/** A name that is not bundled. */
const api = `./${FILES.api}`;
const ort: typeof Ort = await import(api);
const files = new URL(".", self.location.href).href;
ort.env.wasm.wasmPaths = { mjs: files + FILES.loader, wasm: files + FILES.wasm };
ort.env.wasm.numThreads = threads;
ort.env.logLevel = "error";

// The page's first graph starts the runtime.
await (await ort.InferenceSession.create(IDENTITY, OPTIONS[1])).release();
const failed: string[] = [];
for (let i = 0; i < count; i++) {
  const work: Workload = await (await fetch(`graphs/${i}.json`)).json();
  const graph = Uint8Array.from(atob(work.graph), (letter) => letter.charCodeAt(0));
  try {
    for (const options of OPTIONS) await run(graph, options, work.runs);
  } catch (error) {
    failed.push(`${work.name}: ${(error as Error).message}`);
  }
}
// A damaged graph, and a run without its inputs, so that errors are reported by the first file, too.
await ort.InferenceSession.create(new Uint8Array(8)).catch(() => {});

const notes = new Uint8Array(memory.buffer, base, functions);
const numbers = Array.from(notes.keys()).filter((number) => notes[number] === 1);
self.postMessage({ numbers, failed } satisfies Measured);

async function run(
  graph: Uint8Array,
  options: Ort.InferenceSession.SessionOptions,
  runs: Workload["runs"],
): Promise<void> {
  const session = await ort.InferenceSession.create(graph, options);
  for (const inputs of runs) await session.run(feeds(inputs));
  await session.release();
}

function feeds(inputs: Readonly<Record<string, Input>>): Record<string, Ort.Tensor> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { type, dims, data }]) => {
      const values = ARRAYS[type]!.from(data) as Float32Array;
      return [name, new ort.Tensor(type as "float32", values, dims)];
    }),
  );
}
