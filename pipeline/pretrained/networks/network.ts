/** Networks as ONNX files, written with the converter's graph builder and passes. */

import { type Builder, builder } from "../../export/builder.ts";
import { addOutput } from "../../export/builtGraph.ts";
import type { DType, Shape, Tensor } from "../../export/ir.ts";
import { encode } from "../../export/onnx/encode.ts";
import { optimise } from "../../export/passes/optimise.ts";

/** What is raised when the same weights give another graph than before: folders of older ones are built again. */
export const BUILDER_VERSION = "2";

interface NetworkInput {
  readonly name: string;
  readonly dtype: DType;
  /** Names are sizes that callers choose. */
  readonly shape: Shape;
}

export interface Network {
  readonly name: string;
  readonly inputs: readonly NetworkInput[];
  readonly outputs: readonly string[];
  /** Writes the nodes: the inputs in their order -> the outputs in theirs. */
  readonly write: (b: Builder, inputs: readonly Tensor[]) => readonly Tensor[];
}

/**
 * The bytes of an ONNX file (opset 17, float32). Equal networks give equal bytes.
 *
 * @param metadata Key-value pairs for the file: where the weights are from.
 */
export function onnxOf(
  { name, inputs, outputs, write }: Network,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const b = builder();
  const { graph } = b;
  for (const input of [...inputs.map((input) => input.name), ...outputs]) graph.names.add(input);
  for (const input of inputs) {
    graph.inputs.push(input);
    graph.values.set(input.name, input);
  }
  const results = write(b, inputs);
  b.scope = "";
  for (const [i, output] of outputs.entries()) addOutput(graph, results[i] as Tensor, output);
  optimise(graph);
  const { parts } = encode(graph, {
    name,
    docString: "",
    producerVersion: BUILDER_VERSION,
    metadata,
    valueInfo: true,
  });
  return Buffer.concat(parts);
}
