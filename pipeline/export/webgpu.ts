/** Which nodes of a graph onnxruntime's WebGPU provider has to leave to the CPU. */
import type { Graph, Node } from "./ir.ts";

/** The activations of the provider's LSTM and GRU kernels; it takes nodes with others and fails. */
const ACTIVATIONS = ["Sigmoid", "Tanh", "Relu"];

/**
 * Names of the nodes that the WebGPU provider (onnxruntime 1.30) takes and then fails on, in the order of the graph.
 * Operators it has no kernel for at all need no mention: those go to the CPU by themselves.
 */
export function webgpuCpuNodes(graph: Graph): string[] {
  const failing = graph.nodes.filter((node) => hasOtherActivation(node) || isConvTranspose3D(node));
  return failing.map((node) => node.name);
}

function hasOtherActivation({ op, attrs }: Node): boolean {
  if (op !== "LSTM" && op !== "GRU") return false;
  return (
    Array.isArray(attrs.activations) && attrs.activations.some((a) => !ACTIVATIONS.includes(a))
  );
}

/** The provider's ConvTranspose kernel has one and two dimensions. */
function isConvTranspose3D({ op, attrs }: Node): boolean {
  return op === "ConvTranspose" && Array.isArray(attrs.strides) && attrs.strides.length > 2;
}
