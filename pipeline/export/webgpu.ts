/** Which nodes of a graph onnxruntime's WebGPU provider has to leave to the CPU. */
import { bodiesOf, type Graph } from "./ir.ts";
import { operator } from "./ops.ts";

/**
 * Names of the nodes that the WebGPU provider (onnxruntime 1.30) takes and then fails on, in the order of the graph.
 * Operators it has no kernel for at all need no mention: those go to the CPU by themselves.
 */
export function webgpuCpuNodes(graph: Graph): string[] {
  return graph.nodes.flatMap((node) => [
    ...(operator(node.op).failsOnWebgpu?.(node.attrs) ? [node.name] : []),
    ...bodiesOf(node).flatMap(webgpuCpuNodes),
  ]);
}
