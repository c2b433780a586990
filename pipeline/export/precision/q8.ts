/** 8-bit weights in standard operators: one scale per output channel, dequantised where they are used. */
import { type Constant, type Graph, type Node, sizeOf, type Tensor, uniqueName } from "../ir.ts";
import { elementType } from "../onnx/encode.ts";
import { operator } from "../ops.ts";
import { addConstant, floatConstant, floats, useCounts } from "../passes/rewrite.ts";

/** Smaller weights save less than their scales cost. */
const MIN_ELEMENTS = 1024;

/**
 * Rewrites the graph in place: int8 weights and DequantizeLinear (symmetric, per channel) in front of their
 * operators. Embedding tables are gathered as int8 and scaled row by row, so no table is ever expanded.
 */
export function toQ8(graph: Graph, minElements = MIN_ELEMENTS): void {
  const uses = useCounts(graph);
  const done = new Map<string, string>();
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    for (const { input, axis } of operator(node.op).weights ?? []) {
      const weight = floats(graph, node.inputs[input]);
      if (!weight || weight.data.length < minElements) continue;
      const key = `${weight.name}|${axis}`;
      const known = done.get(key) ?? dequantised(graph, nodes, weight, axis);
      done.set(key, known);
      node.inputs[input] = known;
    }
    const table = gatheredTable(graph, node);
    if (
      table &&
      table.shape.length === 2 &&
      // One value a row would take less than its scale.
      (table.shape[1] as number) > 1 &&
      table.data.length >= minElements &&
      uses.get(table.name)
    ) {
      gatherRows(graph, nodes, node, table, quantise(table.data, table.shape, 0));
    } else nodes.push(node);
  }
  graph.nodes = nodes;
}

/**
 * Stores embedding tables whose rows are whole multiples of a scale, at most 127 times, as those multiples: without
 * loss, in every precision. So models that were quantised before or in training stay small.
 */
export function packTables(graph: Graph, minElements = MIN_ELEMENTS): void {
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    const table = gatheredTable(graph, node);
    const isTable = table?.shape.length === 2 && table.data.length >= minElements;
    const quantised = isTable ? onGrid(table) : undefined;
    if (isTable && quantised) gatherRows(graph, nodes, node, table, quantised);
    else nodes.push(node);
  }
  graph.nodes = nodes;
}

/** The float32 table that a node gathers rows from. */
function gatheredTable(graph: Graph, node: Node) {
  const gathersRows = node.op === "Gather" && node.attrs.axis === 0;
  return gathersRows ? floats(graph, node.inputs[0]) : undefined;
}

/** The table as multiples of a scale per row; undefined where it is not exactly that. */
function onGrid({ data, shape }: Constant & { data: Float32Array }): Quantised | undefined {
  const columns = shape[1] as number;
  // A row of one value is always a multiple of its scale, but the scale takes as much space as the value.
  if (columns < 2) return undefined;
  const quantised = quantise(data, shape, 0);
  const { q, scale } = quantised;
  for (let row = 0, i = 0; row < scale.length; row++) {
    for (const end = i + columns; i < end; i++) {
      if (data[i] !== Math.fround((q[i] as number) * (scale[row] as number))) return undefined;
    }
  }
  return quantised;
}

interface Quantised {
  q: Int8Array;
  scale: Float32Array;
}

/** value = q * scale[channel], q in [-127, 127]. */
export function quantise(data: Float32Array, shape: readonly number[], axis: number): Quantised {
  const channels = shape[axis] as number;
  const inner = sizeOf(shape.slice(axis + 1));
  const scale = new Float32Array(channels);
  for (let i = 0, c = 0; i < data.length; c = (c + 1) % channels) {
    let largest = scale[c] as number;
    for (const end = i + inner; i < end; i++) {
      largest = Math.max(largest, Math.abs(data[i] as number));
    }
    scale[c] = largest;
  }
  // a channel of zeros gets scale 1: any would do, 0 would divide by zero
  for (let c = 0; c < channels; c++) scale[c] = (scale[c] as number) / 127 || 1;
  const q = new Int8Array(data.length);
  for (let i = 0, c = 0; i < data.length; c = (c + 1) % channels) {
    const unit = scale[c] as number;
    for (const end = i + inner; i < end; i++) q[i] = Math.round((data[i] as number) / unit);
  }
  return { q, scale };
}

function int8Constant(graph: Graph, weight: Constant, q: Int8Array): Constant {
  return addConstant(graph, { ...weight, name: `${weight.name}/int8`, dtype: "int8", data: q });
}

/** int8 constant and scales -> the float32 value the operator reads. */
function dequantised(
  graph: Graph,
  nodes: Node[],
  weight: Constant & { data: Float32Array },
  axis: number,
): string {
  const { q, scale } = quantise(weight.data, weight.shape, axis);
  const quantised = int8Constant(graph, weight, q);
  const scales = floatConstant(graph, `${weight.name}/scale`, [scale.length], scale);
  const output = uniqueName(graph, `${weight.name}/float32`);
  graph.values.set(output, { name: output, dtype: "float32", shape: weight.shape });
  nodes.push({
    op: "DequantizeLinear",
    name: uniqueName(graph, `${weight.name}/DequantizeLinear`),
    inputs: [quantised.name, scales.name],
    outputs: [output],
    attrs: { axis },
  });
  return output;
}

/** Gather(table) = Cast(Gather(int8 table)) * Gather(scales): one scale per row. */
function gatherRows(
  graph: Graph,
  nodes: Node[],
  node: Node,
  table: Constant & { data: Float32Array },
  { q, scale }: Quantised,
): void {
  const rows = int8Constant(graph, table, q);
  const scales = floatConstant(graph, `${table.name}/scale`, [scale.length, 1], scale);
  const [output] = node.outputs as [string];
  const out = graph.values.get(output) as Tensor;
  const add = (
    op: string,
    inputs: string[],
    attrs: Node["attrs"],
    tensor: Omit<Tensor, "name">,
    name?: string,
  ): string => {
    const made: Node = {
      op,
      name: uniqueName(graph, `${node.name}/${op}`),
      inputs,
      outputs: [],
      attrs,
    };
    const value = name ?? uniqueName(graph, `${made.name}:0`);
    made.outputs = [value];
    graph.values.set(value, { name: value, ...tensor });
    nodes.push(made);
    return value;
  };
  const index = node.inputs[1] as string;
  const picked = add(
    "Gather",
    [rows.name, index],
    { axis: 0 },
    { dtype: "int8", shape: out.shape },
  );
  const cast = add(
    "Cast",
    [picked],
    { to: elementType("float32") },
    { dtype: "float32", shape: out.shape },
  );
  const factor = add(
    "Gather",
    [scales.name, index],
    { axis: 0 },
    { dtype: "float32", shape: [...out.shape.slice(0, -1), 1] },
  );
  add("Mul", [cast, factor], {}, { dtype: "float32", shape: out.shape }, output);
}
