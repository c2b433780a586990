/** The graph's outputs -> the body of an answer, JSON or JSON followed by binary tensors. */

import { endianness } from "node:os";
import type { Tensor } from "../../predictor/tensor.ts";
import { numbersJson } from "../core/turns.ts";
import type { Model } from "../engine/model.ts";
import { wrong } from "./decode.ts";
import { DATATYPES, type InferRequest } from "./schema.ts";

export interface EncodedAnswer {
  readonly body: Buffer;
  /** Length of the JSON, where binary tensors follow it. */
  readonly jsonLength: number | undefined;
}

/** @throws HttpError 400 if the request asks for outputs that the model does not have. */
export function checkOutputs({ outputs }: InferRequest, { manifest }: Model): void {
  const known = manifest.graph.outputs.map(({ name }) => name);
  for (const { name, parameters } of outputs ?? []) {
    if (!known.includes(name)) {
      throw wrong(`output "${name}" is not one of the model's: ${known.join(", ")}`);
    }
    for (const extension of ["classification", "shared_memory_region"]) {
      if (parameters && extension in parameters) {
        throw wrong(`output "${name}" asks for ${extension}, which this server does not offer`);
      }
    }
  }
}

/** In turns of the event loop: a graph may have many outputs. */
export async function encodeAnswer(
  request: InferRequest,
  outputs: Readonly<Record<string, Tensor>>,
  { manifest, version }: Model,
): Promise<EncodedAnswer> {
  const wanted = request.outputs?.length
    ? request.outputs
    : manifest.graph.outputs.map(({ name }) => ({ name, parameters: undefined }));
  const binary: Buffer[] = [];
  const described: string[] = [];
  for (const { name, parameters } of wanted) {
    const { type, dims, data } = outputs[name]!;
    const head = { name, datatype: DATATYPES[type], shape: dims };
    if (!(parameters?.binary_data ?? request.parameters?.binary_data_output ?? false)) {
      described.push(`${JSON.stringify(head).slice(0, -1)},"data":${await numbersJson(data)}}`);
      continue;
    }
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    if (endianness() === "BE" && type !== "uint8") bytes.swap32();
    binary.push(bytes);
    described.push(JSON.stringify({ ...head, parameters: { binary_data_size: bytes.length } }));
  }
  const head = JSON.stringify({
    model_name: manifest.name,
    model_version: version,
    ...(request.id === undefined ? {} : { id: request.id }),
  });
  const json = Buffer.from(`${head.slice(0, -1)},"outputs":[${described.join()}]}`);
  return binary.length === 0
    ? { body: json, jsonLength: undefined }
    : { body: Buffer.concat([json, ...binary]), jsonLength: json.length };
}
