/** A graph on a provider, made ready to answer: WebAssembly is warmed up, any other provider is compared with it. */

import { openInputs } from "../../predictor/item.ts";
import { createPredictor, type Predictor, type PredictorSpec } from "../../predictor/predictor.ts";
import type { RunGraph } from "../../predictor/tensor.ts";
import type { LoadedBundle } from "./bundle.ts";
import { typedExample } from "./inputs/types.ts";
import type { Provider } from "./protocol.ts";
import { compare } from "./selfTest.ts";

export interface Session {
  readonly run: RunGraph;
  close(): Promise<void>;
}

export interface Runtime {
  readonly threads: number;
  /** @param provider The one that the runtime was started for, or `wasm`, which every runtime has. */
  open(graph: Uint8Array, provider: Provider): Promise<Session>;
}

export interface OpenedPredictor {
  readonly predictor: Predictor;
  /** Largest difference to WebAssembly's answers, see `compare`; undefined for WebAssembly itself. */
  readonly difference: number | undefined;
}

/** @throws Error if the provider cannot run the graph, or answers otherwise than WebAssembly. */
export async function openPredictor(
  runtime: Runtime,
  provider: Provider,
  spec: PredictorSpec,
  { graph, files }: Pick<LoadedBundle, "graph" | "files">,
): Promise<OpenedPredictor> {
  const session = await runtime.open(graph, provider);
  const opened = await openInputs(spec.inputs, files);
  const predictor = createPredictor(spec, session.run, opened);
  if (provider === "wasm") {
    // Without it the user's first item would take much longer than the others.
    await predictor.predict([typedExample(spec.inputs)]);
    return { predictor, difference: undefined };
  }
  const reference = await runtime.open(graph, "wasm");
  const expected = createPredictor(spec, reference.run, opened);
  const difference = await compare(predictor, expected);
  await reference.close();
  return { predictor, difference };
}
