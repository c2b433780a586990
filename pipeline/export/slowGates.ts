/** A remark on recurrent layers whose gates onnxruntime computes slowly. */
import { firstOf } from "./errors.ts";
import type { Graph } from "./ir.ts";

/**
 * One sentence if operators for LSTM or GRU have TensorFlow.js's default gates, hardSigmoid: onnxruntime computes them
 * number by number (bench/notes/recurrent.md), where it has vector code for sigmoid.
 */
export function slowGates({ nodes }: Graph): string[] {
  const slow = nodes.filter(({ attrs }) => String(attrs.activations).includes("HardSigmoid"));
  if (slow.length === 0) return [];
  const what = slow.length === 1 ? "1 node computes" : `${slow.length} nodes compute`;
  return [
    `${what} hardSigmoid, for which onnxruntime has no vector code: for batches of 16 and more convert for throughput; train new models with recurrentActivation "sigmoid": ${firstOf(slow.map(({ name }) => name))}`,
  ];
}
