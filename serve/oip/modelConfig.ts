/** A model's configuration as the protocol's HTTP and gRPC forms both describe it, in Triton's terms. */

import { MAX_BATCH, MAX_DELAY_MS } from "../engine/model.ts";
import type { ModelRef, Models } from "../engine/models.ts";
import { type Settings, threadPlan } from "../settings.ts";
import type { TensorMetadata } from "./views/view.ts";
import { viewOf } from "./views/views.ts";

/** A tensor without the size of its batch, where the model takes batches. */
export interface ConfiguredTensor extends TensorMetadata {
  /** -1: any size. */
  readonly dims: readonly number[];
}

export interface ModelConfig {
  readonly name: string;
  readonly platform: string;
  readonly backend: string;
  /** Most items of a request; 0: the tensors have no batch. */
  readonly maxBatchSize: number;
  readonly inputs: readonly ConfiguredTensor[];
  readonly outputs: readonly ConfiguredTensor[];
  readonly device: "cpu" | "gpu";
  /** Sessions that run at the same time. */
  readonly instances: number;
  /** How requests are put together; absent where the tensors have no batch. */
  readonly batching?: { readonly items: number; readonly delayMs: number };
}

/** @throws Error with a 404 for a model that is not served */
export function modelConfig(models: Models, settings: Settings, asked: ModelRef): ModelConfig {
  const { view, ref } = viewOf(models, asked);
  const { model, loaded } = models.host(ref);
  const { manifest } = model;
  const [inputs, outputs] = [view.inputs(manifest), view.outputs(manifest)];
  const isBatched = [...inputs, ...outputs].every(
    ({ shape }) => shape[0] === -1 && shape.length > 1,
  );
  const configure = (tensor: TensorMetadata): ConfiguredTensor => ({
    ...tensor,
    dims: isBatched ? tensor.shape.slice(1) : tensor.shape,
  });
  // Until it is loaded, it is not known where a model runs; most run on a CPU.
  const device = (loaded?.provider ?? "cpu") === "cpu" ? "cpu" : "gpu";
  const batching = {
    items: settings.maxBatch || MAX_BATCH[device],
    delayMs: settings.maxDelayMs ?? MAX_DELAY_MS[device],
  };
  return {
    name: manifest.name + view.suffix,
    platform: "onnxruntime_onnx",
    backend: "onnxruntime",
    maxBatchSize: isBatched ? settings.maxMovies : 0,
    inputs: inputs.map(configure),
    outputs: outputs.map(configure),
    device,
    instances: threadPlan(settings).workers,
    ...(isBatched ? { batching } : {}),
  };
}
