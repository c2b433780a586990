/** ModelInfer and ModelStreamInfer: a message -> a view's outputs. */

import { create } from "@bufbuild/protobuf";
import type { QueuePlace } from "../core/admission.ts";
import type { Limits } from "../core/route.ts";
import type { Models } from "../engine/models.ts";
import { checkOutputs, outputBytes } from "../oip/encode.ts";
import type { InferRequest } from "../oip/schema.ts";
import type { OutputTensor } from "../oip/views/view.ts";
import { viewOf } from "../oip/views/views.ts";
import { createDecodeMessage } from "./decodeMessage.ts";
import { type ModelInferResponse, ModelInferResponseSchema } from "./openInference_pb.ts";
import { outline } from "./outline.ts";

/**
 * @param bytes A ModelInferRequest; become part of the feeds.
 * @throws HttpError, ModelNotFound
 */
export type Infer = (bytes: Uint8Array, place: QueuePlace) => Promise<ModelInferResponse>;

export function createInfer(models: Models, limits: Limits): Infer {
  const decodeMessage = createDecodeMessage(limits);
  return async (bytes, { ticket, waiter }) => {
    const given = outline(bytes);
    const { view, ref } = viewOf(models, { ...given.model, signal: waiter.signal });
    return models.use(ref, async (model) => {
      const start = performance.now();
      const decoded = await decodeMessage(bytes, given, view, model, waiter.signal);
      waiter.onStage?.("read", start, performance.now());
      const { manifest, version } = model;
      checkOutputs(decoded.request, view.outputs(manifest));
      ticket.resize(decoded.rows);
      const outputs = await view.run(decoded, model, waiter);
      return answer(decoded.request, outputs, { name: manifest.name + view.suffix, version });
    });
  };
}

async function answer(
  { id = "", outputs: asked = [] }: InferRequest,
  outputs: readonly OutputTensor[],
  { name: modelName, version }: { readonly name: string; readonly version: string },
): Promise<ModelInferResponse> {
  const wanted =
    asked.length > 0
      ? asked.map(({ name }) => outputs.find((output) => output.name === name)!)
      : outputs;
  return create(ModelInferResponseSchema, {
    modelName,
    modelVersion: version,
    id,
    outputs: wanted.map(({ name, datatype, shape }) => ({
      name,
      datatype,
      shape: shape.map(BigInt),
    })),
    rawOutputContents: await Promise.all(wanted.map(outputBytes)),
  });
}
