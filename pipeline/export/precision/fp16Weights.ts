/** Half the size at single precision: weights are stored as float16 and cast where they are used. */
import {
  bodiesOf,
  type Constant,
  type Graph,
  type Node,
  reads,
  type Tensor,
  uniqueName,
} from "../ir.ts";
import { elementType } from "../onnx/encode.ts";
import { addConstant, floats, renameReads } from "../passes/rewrite.ts";
import { halfConstant } from "./fp16.ts";

/** Smaller weights save less than their Cast costs. */
const MIN_ELEMENTS = 256;
/** float16 has its full precision between these magnitudes. */
const [SMALLEST, LARGEST] = [2 ** -14, 65504];

/**
 * Rewrites the graph in place. Weights whose largest magnitude float16 does not hold with its full precision stay as
 * they are. Rows of a table are cast after they are gathered, so that no table is ever expanded.
 */
export function toFloat16Weights(graph: Graph, minElements = MIN_ELEMENTS): void {
  hoistWeights(graph, graph, minElements);
  const casts = new Map<string, string>();
  const halves = new Map<string, Constant>();
  const nodes: Node[] = [];
  const half = (weight: Constant): Constant => {
    const known = halves.get(weight.name);
    if (known) return known;
    const made = addConstant(graph, { ...halfConstant(weight), name: `${weight.name}/float16` });
    halves.set(weight.name, made);
    return made;
  };
  const cast = (name: string, from: string, { shape }: Pick<Tensor, "shape">): void => {
    graph.values.set(name, { name, dtype: "float32", shape });
    nodes.push({
      op: "Cast",
      name: uniqueName(graph, `${name}/Cast`),
      inputs: [from],
      outputs: [name],
      attrs: { to: elementType("float32") },
    });
  };
  for (const weight of [...graph.constants.values()]) {
    if (!fits(weight, minElements)) continue;
    const readers = graph.nodes.filter((n) => reads(n).includes(weight.name));
    const onlyGathered =
      readers.every((n) => n.op === "Gather" && n.inputs.indexOf(weight.name) === 0) &&
      readers.length > 0;
    if (onlyGathered) continue;
    const name = uniqueName(graph, `${weight.name}/float32`);
    cast(name, half(weight).name, weight);
    casts.set(weight.name, name);
  }
  for (const node of graph.nodes) {
    const table = node.op === "Gather" ? floats(graph, node.inputs[0]) : undefined;
    if (table && fits(table, minElements) && !casts.has(table.name)) {
      const [output] = node.outputs as [string];
      const rows = uniqueName(graph, `${output}/float16`);
      const value = graph.values.get(output) as Tensor;
      graph.values.set(rows, { ...value, name: rows, dtype: "float16" });
      nodes.push({
        ...node,
        inputs: [half(table).name, ...node.inputs.slice(1)],
        outputs: [rows],
      });
      cast(output, rows, value);
    } else {
      nodes.push(node);
      renameReads(node, (name) => casts.get(name) ?? name);
    }
  }
  graph.nodes = nodes;
}

function fits(constant: Constant, minElements: number): boolean {
  const { data } = constant;
  if (!(data instanceof Float32Array) || data.length < minElements) return false;
  let largest = 0;
  for (const x of data) largest = Math.max(largest, Math.abs(x));
  return largest === 0 || (largest >= SMALLEST && largest <= LARGEST);
}

/** Weights of a loop's body become weights of the graph around it: cast once instead of at every step. */
function hoistWeights(graph: Graph, inner: Graph, minElements: number): void {
  for (const body of inner.nodes.flatMap(bodiesOf)) {
    hoistWeights(graph, body, minElements);
    for (const constant of [...body.constants.values()]) {
      if (!fits(constant, minElements)) continue;
      body.constants.delete(constant.name);
      graph.constants.set(constant.name, constant);
    }
  }
}
