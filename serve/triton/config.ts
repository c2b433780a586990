/** Describes a bundle for Triton: config.pbtxt, protobuf text format of Triton's ModelConfig. */

import { listOf } from "../../predictor/listOf.ts";
import type { Manifest, TensorInfo } from "../../predictor/manifest.ts";
import { capitalised, nounsOf } from "../../predictor/nouns.ts";
import { targetTypeOf } from "../../predictor/targets/types.ts";
import { servedTarget } from "../core/targets/types.ts";
import { DATATYPES } from "../oip/schema.ts";

export interface TritonOptions {
  /** Most items that Triton runs together. */
  readonly maxBatch: number;
  /** Longest wait for more of them, in microseconds. */
  readonly maxDelayMicroseconds: number;
}

/** The file with the labels' names, beside config.pbtxt. */
export const LABELS_FILE = "labels.txt";

/**
 * The model's configuration, https://github.com/triton-inference-server/common/blob/main/protobuf/model_config.proto.
 *
 * @throws Error if a tensor's first dimension is not the batch, which Triton takes for granted.
 */
export function tritonConfig(
  manifest: Manifest,
  { maxBatch, maxDelayMicroseconds }: TritonOptions,
): string {
  const { name, graph, provenance, target } = manifest;
  const { items } = nounsOf(manifest);
  const labelled = labelsOf(manifest).length > 0 && targetTypeOf(target).output;
  const tensors = (field: "input" | "output", infos: readonly TensorInfo[]) =>
    infos.map((info) => {
      const lines = [
        `name: ${quote(info.name)}`,
        `data_type: TYPE_${DATATYPES[info.type]}`,
        `dims: [ ${dims(info).join(", ")} ]`,
        ...(info.name === labelled ? [`label_filename: ${quote(LABELS_FILE)}`] : []),
      ];
      return `${field} {\n${lines.map((line) => `  ${line}`).join("\n")}\n}`;
    });
  return [
    `# ${provenance.synthetic ? `Trained on invented ${items}; says nothing about real ones.` : `Trained on ${provenance.dataset}.`}`,
    `# Triton adds the batch to each of dims.${padding(manifest)}`,
    `name: ${quote(name)}`,
    `backend: "onnxruntime"`,
    `max_batch_size: ${maxBatch}`,
    ...tensors("input", graph.inputs),
    ...tensors("output", graph.outputs),
    `dynamic_batching { max_queue_delay_microseconds: ${maxDelayMicroseconds} }`,
    "",
  ].join("\n");
}

/** Labels or classes, in the order of the output; none of a bundle that predicts a number. */
export function labelsOf({ target }: Pick<Manifest, "target">): string[] {
  return servedTarget(target)
    .listed(target)
    .map(({ label }) => label);
}

function padding(manifest: Manifest): string {
  const names = Object.keys(manifest.inputs).filter(
    (name) => manifest.inputs[name]!.type === "ratings",
  );
  if (names.length === 0) return "";
  const { items } = nounsOf(manifest);
  return ` ${capitalised(items)} of a batch must have the same number of ${listOf(names)}: pad with user 0 and stars 0.`;
}

function dims({ name, shape }: TensorInfo): number[] {
  const [batch, ...others] = shape;
  if (typeof batch !== "string" || others.length === 0) {
    throw new Error(
      `tensor ${name} has the shape [${shape.join(", ")}]; its first must be the batch`,
    );
  }
  return others.map((size) => (typeof size === "string" ? -1 : size));
}

function quote(text: string): string {
  return JSON.stringify(text);
}
