/** Which nodes of a graph onnxruntime's WebGPU provider has to leave to the CPU. */
import type { Graph, Node } from "./ir.ts";

/**
 * Names of the nodes that the WebGPU provider (onnxruntime 1.30) takes and then fails on, in the order of the graph.
 * Operators it has no kernel for at all need no mention: those go to the CPU by themselves.
 */
export function webgpuCpuNodes(graph: Graph): string[] {
  return graph.nodes
    .filter((node) => hasHardSigmoid(node) || isConvTranspose3D(node))
    .map((n) => n.name);
}

/** Its LSTM and GRU kernels know every other activation that the converter writes. */
function hasHardSigmoid({ attrs }: Node): boolean {
  return Array.isArray(attrs.activations) && attrs.activations.includes("HardSigmoid");
}

/** Its ConvTranspose kernel has one and two dimensions. */
function isConvTranspose3D({ op, attrs }: Node): boolean {
  return op === "ConvTranspose" && Array.isArray(attrs.strides) && attrs.strides.length > 2;
}
