/** ModelInfer and ModelStreamInfer: a message -> the graph's outputs. */

import { endianness } from "node:os";
import { create } from "@bufbuild/protobuf";
import type { Tensor } from "../../predictor/tensor.ts";
import type { QueuePlace } from "../core/admission.ts";
import type { Limits } from "../core/route.ts";
import type { Model } from "../engine/model.ts";
import type { Models } from "../engine/models.ts";
import { checkOutputs } from "../oip/encode.ts";
import { DATATYPES, type InferRequest } from "../oip/schema.ts";
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
    return models.use(given.model, async (model) => {
      const { request, feeds, rows } = await decodeMessage(bytes, given, model, waiter.signal);
      checkOutputs(request, model);
      ticket.resize(rows);
      const outputs = await model.run(feeds, waiter);
      return answer(request, outputs, model);
    });
  };
}

function answer(
  { id = "", outputs: asked = [] }: InferRequest,
  outputs: Readonly<Record<string, Tensor>>,
  { manifest, version }: Model,
): ModelInferResponse {
  const wanted = asked.length > 0 ? asked : manifest.graph.outputs;
  const tensors = wanted.map(({ name }) => ({ name, tensor: outputs[name]! }));
  return create(ModelInferResponseSchema, {
    modelName: manifest.name,
    modelVersion: version,
    id,
    outputs: tensors.map(({ name, tensor: { type, dims } }) => ({
      name,
      datatype: DATATYPES[type],
      shape: dims.map(BigInt),
    })),
    rawOutputContents: tensors.map(({ tensor }) => bytesOf(tensor)),
  });
}

/** Little-endian. */
function bytesOf({ type, data }: Tensor): Uint8Array {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (endianness() === "BE" && type !== "uint8") return Buffer.from(bytes).swap32();
  return bytes;
}
