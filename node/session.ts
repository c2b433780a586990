/** onnxruntime-node behind the predictor's `run(feeds)`, on the execution provider asked for or the next that works. */

import * as ort from "onnxruntime-node";
import type { TensorInfo } from "../predictor/manifest.ts";
import { PROVIDER_TOLERANCE } from "../predictor/providerTolerance.ts";
import { elementCount, type RunGraph, type Tensor, tensorOf, zeros } from "../predictor/tensor.ts";

/** Execution providers, in order of preference; `cuda` needs `npm run setup:cuda`. */
export const PROVIDERS = ["cuda", "webgpu", "cpu"] as const;
export type Provider = (typeof PROVIDERS)[number];

/** What a graph reads, by name. */
export type Feeds = Readonly<Record<string, Tensor>>;

/** Rows and ratings of `trialFeeds`. */
const TRIAL_SIZE = 2;

export interface SessionOptions {
  /** CPU threads of one operator; 0 lets the runtime take one per core. */
  readonly threads?: number | undefined;
  readonly provider?: Provider;
  /** Names of the outputs that are computed; default: all. */
  readonly outputs?: readonly string[];
  /** Whether the graph runs as it is written, node by node; default: the runtime rewrites it to be faster. */
  readonly asWritten?: boolean | undefined;
}

export interface Session {
  readonly run: RunGraph;
  close(): Promise<void>;
}

/**
 * Whole numbers are fed as int32, to a graph that reads int64, too.
 *
 * @example
 * import { openBundle } from "./node/bundle.ts";
 * import { openSession } from "./node/session.ts";
 * import { collate, createItemEncoder } from "./predictor/item.ts";
 *
 * const { manifest: { inputs }, graph } = await openBundle("models/ml1m");
 * const { run, close } = await openSession(graph, { provider: "cpu", outputs: ["probabilities"] });
 * const movie = createItemEncoder(inputs).encode({ title: "Heat (1995)" });
 * const { probabilities } = await run(collate([movie], inputs));
 * console.log(probabilities!.type, probabilities!.dims.join(" x ")); // prints float32 1 x 18
 * await close();
 *
 * @param model Path of an ONNX file, or its bytes.
 */
export async function openSession(
  model: string | Uint8Array,
  options: SessionOptions = {},
): Promise<Session> {
  const settings: ort.InferenceSession.SessionOptions = {
    executionProviders: [options.provider ?? "cpu"],
    intraOpNumThreads: options.threads ?? 0,
    // 3 = errors: the runtime's warnings about graph rewriting are not for users.
    logSeverityLevel: 3,
    graphOptimizationLevel: options.asWritten ? "disabled" : "all",
    // Weights of 8 bits become float32 when the graph is loaded. By default the CPU provider keeps them: it then rounds
    // activations to 8 bits, too, which browsers do not, and convolutions take three times as long.
    extra: { session: { disable_quant_qdq: "1" } },
  };
  const session =
    typeof model === "string"
      ? await ort.InferenceSession.create(model, settings)
      : await ort.InferenceSession.create(model, settings);
  const fetched = [...(options.outputs ?? session.outputNames)];
  return {
    async run(feeds) {
      const outputs = await session.run(toOrt(session, feeds), fetched);
      return Object.fromEntries(
        Object.entries(outputs).map(([name, tensor]) => [name, fromOrt(name, tensor)]),
      );
    },
    close: () => session.release(),
  };
}

/** A value of a graph. */
export interface SeenValue {
  readonly name: string;
  readonly type: string;
  /** Shape for the inputs that were fed. */
  readonly dims: readonly number[];
  /** The same as far as the runtime knows it without them; null stands for a size that it does not. */
  readonly shape: readonly (number | null)[];
}

/**
 * Runs a graph as it is written, and says what all its inputs and outputs are: runtimes cannot infer the shapes that a
 * graph computes.
 *
 * @throws Error if the graph cannot be loaded or run.
 */
export async function seeValues(model: Uint8Array, feeds: Feeds): Promise<SeenValue[]> {
  const session = await ort.InferenceSession.create(model, {
    graphOptimizationLevel: "disabled",
    logSeverityLevel: 3,
  });
  try {
    const inputs = toOrt(session, feeds);
    const values = { ...inputs, ...(await session.run(inputs)) };
    return [...session.inputMetadata, ...session.outputMetadata].flatMap((value) => {
      const { name } = value;
      const tensor = values[name];
      if (!value.isTensor || !tensor) return [];
      const { type, dims } = tensor;
      const known = value.shape.length === dims.length ? value.shape : dims.map(() => -1);
      const shape = known.map((size) => (typeof size === "number" && size >= 0 ? size : null));
      return [{ name, type, dims, shape }];
    });
  } finally {
    await session.release();
  }
}

/** Whole numbers as the session reads them. */
function toOrt(session: ort.InferenceSession, feeds: Feeds): Record<string, ort.Tensor> {
  const types = new Map(
    session.inputMetadata.flatMap((input) => (input.isTensor ? [[input.name, input.type]] : [])),
  );
  return Object.fromEntries(
    Object.entries(feeds).map(([name, { type, data, dims }]) => [
      name,
      types.get(name) === "int64"
        ? new ort.Tensor("int64", BigInt64Array.from(data, BigInt), dims)
        : new ort.Tensor(type, data, dims),
    ]),
  );
}

export interface TrialOptions extends Pick<SessionOptions, "threads" | "outputs"> {
  /** `auto` tries all; a provider's name tries it and then the CPU. */
  readonly wanted: Provider | "auto";
}

export interface TriedSession extends Session {
  readonly provider: Provider;
  /** Why each provider before it was passed over, in the order tried. */
  readonly refused: readonly { readonly provider: Provider; readonly reason: string }[];
}

/**
 * Opens a session on the first provider that runs a trial batch and answers as the CPU does.
 *
 * @param trial The batch.
 * @throws Error if not even the CPU can run the graph.
 */
export async function openTriedSession(
  model: Uint8Array,
  trial: Feeds,
  { wanted, ...options }: TrialOptions,
): Promise<TriedSession> {
  const candidates = wanted === "auto" ? PROVIDERS : [...new Set([wanted, "cpu" as const])];
  const refused: { provider: Provider; reason: string }[] = [];
  // An unavailable provider is reported in one line of ours; the runtime would log many.
  if (candidates.length > 1) ort.env.logLevel = "fatal";
  for (const provider of candidates) {
    let session: Session | undefined;
    try {
      session = await openSession(model, { ...options, provider });
      const answer = await session.run(trial);
      if (provider !== "cpu") await compareWithCpu(model, trial, answer, options);
      return { ...session, provider, refused };
    } catch (error) {
      await session?.close();
      const reason = reasonOf(error as Error);
      if (provider === "cpu") throw new Error(`the graph cannot run: ${reason}`);
      refused.push({ provider, reason });
    }
  }
  throw new Error("internal: no provider was tried");
}

/** The first line of the runtime's message, without the position in its source code; of CUDA's, what CUDA says. */
export function reasonOf({ message }: Error): string {
  const cuda = /\bCU\w+ failure \d+: [^;]*[^; ]/.exec(message);
  if (cuda) return cuda[0];
  return message.split("\n")[0]!.replace(/^\/.*? was false\. /, "");
}

/** Some drivers return wrong results without an error. */
async function compareWithCpu(
  model: Uint8Array,
  trial: Feeds,
  answer: Feeds,
  options: SessionOptions,
): Promise<void> {
  const reference = await openSession(model, { ...options, provider: "cpu" });
  let expected: Feeds;
  try {
    expected = await reference.run(trial);
  } finally {
    await reference.close();
  }
  for (const [name, { data }] of Object.entries(expected)) {
    const actual = answer[name]!.data;
    // Of outputs that are no probabilities, relative to the largest.
    let unit = 1;
    for (const value of data) unit = Math.max(unit, Math.abs(value));
    for (const [i, value] of data.entries()) {
      const difference = Math.abs(value - actual[i]!);
      if (!(difference <= unit * PROVIDER_TOLERANCE)) {
        throw new Error(`its "${name}" differs from the CPU's by ${difference.toPrecision(2)}`);
      }
    }
  }
}

/** A batch to try sessions with: small values of each input's type and shape; every dynamic dimension is 2. */
export function trialFeeds(inputs: readonly TensorInfo[]): Feeds {
  return Object.fromEntries(
    inputs.map(({ name, type, shape }) => {
      const dims = shape.map((size) => (typeof size === "number" ? size : TRIAL_SIZE));
      const data = zeros(type, elementCount(dims));
      // 0 and 1 are valid rows of every table, and 0..255 valid pixels.
      for (let i = 0; i < data.length; i++) data[i] = type === "uint8" ? (i * 31) % 256 : i % 2;
      return [name, tensorOf(type, dims, data)];
    }),
  );
}

function fromOrt(name: string, tensor: ort.Tensor): Tensor {
  const { type, data, dims } = tensor;
  if (type === "float32" && data instanceof Float32Array) return { type, data, dims };
  if (type === "int32" && data instanceof Int32Array) return { type, data, dims };
  if (type === "uint8" && data instanceof Uint8Array) return { type, data, dims };
  throw new Error(`internal: output "${name}" has the unsupported type ${type}`);
}
