/** ONNX Runtime Web, one of its builds per provider, behind the predictor's `run(feeds)`. */

import type * as Ort from "onnxruntime-web";
import type { RunGraph, Tensor } from "../../predictor/tensor.ts";
import { IDENTITY } from "./identity.ts";
import type { Runtime, Session } from "./openPredictor.ts";
import type { Provider } from "./protocol.ts";
import { inWords, RuntimeFailure } from "./runtimeFailure.ts";
import { loadRuntime } from "./runtimeFiles.ts";
import { availableThreads } from "./threads.ts";
import { watchStart } from "./watchStart.ts";

const OPTIONS: Ort.InferenceSession.SessionOptions = {
  // 3 = errors: the runtime's warnings about graph rewriting are not for users.
  logSeverityLevel: 3,
  // 8-bit weights become floats once, when the session opens; activations are never rounded to 8 bits.
  extra: { session: { disable_quant_qdq: "1" } },
};

export interface RuntimeOptions {
  /** Default: as many as this browser may use. */
  readonly threads?: number;
  /** URL of the runtime's files, where they are not the build's own. */
  readonly folder?: string | undefined;
  /** Called when the runtime is downloaded and compiled: from then on, it only has to start. */
  readonly onCompiled?: () => void;
}

/**
 * Downloads and starts the runtime.
 *
 * @throws RuntimeFailure if the browser cannot run it, Trouble if its download stalls.
 */
export async function startRuntime(
  provider: Provider,
  { threads = availableThreads(), folder, onCompiled = () => {} }: RuntimeOptions = {},
): Promise<Runtime> {
  const { ort, paths, binary, comesWhole = false } = await loadRuntime(provider, folder);
  if (paths) ort.env.wasm.wasmPaths = paths;
  // Without it the runtime compiles its file while that is downloading.
  if (binary) ort.env.wasm.wasmBinary = binary;
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = "error";
  const watch = watchStart({ wasm: paths?.wasm, comesWhole, onCompiled });
  // Opening any graph starts the runtime: this one starts it while the model is still downloading.
  const open = (graph: Uint8Array, options: Ort.InferenceSession.SessionOptions) =>
    inWords(() => ort.InferenceSession.create(graph, options));
  try {
    const started = open(IDENTITY, { executionProviders: ["wasm"] });
    await (await Promise.race([started, watch.stalled])).release();
  } finally {
    watch.stop();
  }
  // It is compiled.
  delete ort.env.wasm.wasmBinary;
  return {
    threads,
    async open(graph, on) {
      const session = await open(graph, { ...OPTIONS, executionProviders: [on] });
      return wrap(ort, session, on === "webgpu" ? [await watchDevice(ort)] : []);
    },
  };
}

/**
 * `lost` rejects when the graphics device is lost, since runs on a lost device never end. It is in an object because an
 * async function would await the bare promise.
 */
async function watchDevice(ort: typeof Ort): Promise<{ readonly lost: Promise<never> }> {
  const device = (await ort.env.webgpu.device) as unknown as {
    readonly lost: Promise<{ readonly message: string }>;
  };
  const lost = device.lost.then((cause) => {
    throw new RuntimeFailure("device", { cause });
  });
  lost.catch(() => {}); // reported by the next run
  return { lost };
}

/** @param losses When one rejects, so does every run, including later ones. */
function wrap(
  ort: typeof Ort,
  session: Ort.InferenceSession,
  losses: readonly { readonly lost: Promise<never> }[],
): Session {
  // A session runs one batch at a time.
  let last: Promise<unknown> = Promise.resolve();
  const run: RunGraph = async (feeds) => {
    const inputs: Record<string, Ort.Tensor> = {};
    for (const [name, { type, data, dims }] of Object.entries(feeds)) {
      inputs[name] = new ort.Tensor(type, data, dims);
    }
    const outputs = await inWords(() =>
      Promise.race([session.run(inputs), ...losses.map(({ lost }) => lost)]),
    );
    return Object.fromEntries(
      Object.entries(outputs).map(([name, tensor]) => [name, fromOrt(name, tensor)]),
    );
  };
  return {
    run(feeds) {
      const next = last.then(() => run(feeds));
      last = next.catch(() => {});
      return next;
    },
    close: () => session.release(),
  };
}

function fromOrt(name: string, { type, data, dims }: Ort.Tensor): Tensor {
  if (type === "float32" && data instanceof Float32Array) return { type, data, dims };
  throw new Error(`internal: output "${name}" has type ${type}, which the page does not read`);
}
