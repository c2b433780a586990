/** A view's outputs -> the body of an answer, JSON or JSON followed by binary tensors. */

import { endianness } from "node:os";
import { createTurns, listJson, numbersJson } from "../core/turns.ts";
import { lengthPrefix } from "./lengthPrefix.ts";
import type { InferRequest } from "./schema.ts";
import type { OutputTensor, TensorMetadata } from "./views/view.ts";
import { wrong } from "./wrong.ts";

export interface EncodedAnswer {
  readonly body: Buffer;
  /** Length of the JSON, where binary tensors follow it. */
  readonly jsonLength: number | undefined;
}

/**
 * @param known All outputs of the view.
 * @throws HttpError 400 if the request asks for an output that the model does not have, or for one twice.
 */
export function checkOutputs({ outputs }: InferRequest, known: readonly TensorMetadata[]): void {
  const names = known.map(({ name }) => name);
  const asked = new Set<string>();
  for (const { name, parameters } of outputs ?? []) {
    if (!names.includes(name)) {
      throw wrong(`output "${name}" is not one of the model's: ${names.join(", ")}`);
    }
    // A thousand times an explanation of a full batch is hundreds of megabytes.
    if (asked.has(name)) throw wrong(`output "${name}" is asked for twice`);
    asked.add(name);
    for (const extension of ["classification", "shared_memory_region"]) {
      if (parameters && extension in parameters) {
        throw wrong(`output "${name}" asks for ${extension}, which this server does not offer`);
      }
    }
  }
}

/**
 * In turns of the event loop: a graph may have many outputs.
 *
 * @param outputs All that the request asks for, or all there are if it asks for none.
 * @param model Its name in the view, and its version.
 */
export async function encodeAnswer(
  request: InferRequest,
  outputs: readonly OutputTensor[],
  { name: modelName, version }: { readonly name: string; readonly version: string },
): Promise<EncodedAnswer> {
  const wanted = request.outputs?.length
    ? request.outputs
    : outputs.map(({ name }) => ({ name, parameters: undefined }));
  const binary: Buffer[] = [];
  const described: string[] = [];
  for (const { name, parameters } of wanted) {
    const output = outputs.find((each) => each.name === name)!;
    const { datatype, shape, data } = output;
    const head = { name, datatype, shape };
    if (!(parameters?.binary_data ?? request.parameters?.binary_data_output ?? false)) {
      const json = await (Array.isArray(data) ? listJson(data) : numbersJson(data as Float32Array));
      described.push(`${JSON.stringify(head).slice(0, -1)},"data":${json}}`);
      continue;
    }
    const bytes = await outputBytes(output);
    binary.push(bytes);
    described.push(JSON.stringify({ ...head, parameters: { binary_data_size: bytes.length } }));
  }
  const head = JSON.stringify({
    model_name: modelName,
    model_version: version,
    ...(request.id === undefined ? {} : { id: request.id }),
  });
  const json = Buffer.from(`${head.slice(0, -1)},"outputs":[${described.join()}]}`);
  return binary.length === 0
    ? { body: json, jsonLength: undefined }
    : { body: Buffer.concat([json, ...binary]), jsonLength: json.length };
}

/** An output as the protocol sends it in binary: little-endian numbers, or texts with their lengths before them. */
export async function outputBytes({ data, datatype }: OutputTensor): Promise<Buffer> {
  if (!ArrayBuffer.isView(data)) return textBytes(data);
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (endianness() === "BE" && datatype !== "UINT8") bytes.swap32();
  return bytes;
}

async function textBytes(texts: readonly string[]): Promise<Buffer> {
  const turn = createTurns();
  const parts: Buffer[] = [];
  for (const text of texts) {
    const bytes = Buffer.from(text);
    parts.push(lengthPrefix(bytes.length), bytes);
    await turn();
  }
  return Buffer.concat(parts);
}
