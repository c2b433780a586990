/** 8-bit weights in standard operators: one scale per output channel, dequantised where they are used. */
import { type Constant, type Graph, type Node, sizeOf, type Tensor, uniqueName } from "../ir.ts";
import { elementType } from "../onnx/encode.ts";
import { operator } from "../ops.ts";
import { addConstant, floatConstant, floats, useCounts } from "../passes/rewrite.ts";
import { type Grid, gridOf } from "./grid.ts";

/** Largest multiple of a channel's scale in int8. */
const LARGEST = 127;
/** The same of weights that were rounded to 8, 7, 6, 5 or 4 bits before. */
const LARGEST_ROUNDED = [LARGEST, 63, 31, 15, 7];

/** Smaller weights save less than their scales cost. */
export const MIN_ELEMENTS = 1024;

/**
 * Rewrites the graph in place: int8 weights and DequantizeLinear (symmetric, per channel) in front of their
 * operators. Embedding tables are gathered as int8 and scaled row by row, so no table is ever expanded. Weights and
 * tables that were quantised to uint8 before keep their levels, scale and zero point.
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
      const grid = gridOf(table.data, table.shape);
      gatherRows(graph, nodes, node, table, grid ?? quantise(table.data, table.shape, 0));
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
    const quantised = isTable ? tableOnGrid(table) : undefined;
    if (isTable && quantised) gatherRows(graph, nodes, node, table, quantised);
    else nodes.push(node);
  }
  graph.nodes = nodes;
}

/**
 * Stores other weights whose channels are whole multiples of a scale, at most 127 times, as those multiples: without loss,
 * in every precision. Runtimes that compute with 8-bit weights only if they are asked to expand them when they load.
 */
export function packWeights(graph: Graph, minElements = MIN_ELEMENTS): void {
  const done = new Map<string, string>();
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    for (const { input, axis } of operator(node.op).weights ?? []) {
      const weight = floats(graph, node.inputs[input]);
      if (!weight || weight.data.length < minElements) continue;
      const key = `${weight.name}|${axis}`;
      const quantised = done.has(key) ? undefined : onGrid(weight, axis);
      if (quantised) done.set(key, expanded(graph, nodes, weight, axis, quantised));
      node.inputs[input] = done.get(key) ?? weight.name;
    }
    nodes.push(node);
  }
  graph.nodes = nodes;
}

/** The float32 table that a node gathers rows from. */
function gatheredTable(graph: Graph, node: Node) {
  const gathersRows = node.op === "Gather" && node.attrs.axis === 0;
  return gathersRows ? floats(graph, node.inputs[0]) : undefined;
}

/** The table as multiples of a scale per row; undefined where it is not exactly that. */
function tableOnGrid(table: Constant & { data: Float32Array }): Quantised | undefined {
  // A row of one value is always a multiple of its scale, but the scale takes as much space as the value.
  return (table.shape[1] as number) < 2 ? undefined : onGrid(table, 0);
}

/** The values as multiples of a scale per channel; undefined where they are not exactly that, of any number of bits. */
function onGrid(
  { data, shape }: Constant & { data: Float32Array },
  axis: number,
): Quantised | undefined {
  const most = largestOf(data, shape, axis);
  for (const largest of LARGEST_ROUNDED) {
    const scale = scalesOf(most, largest);
    // For most weights, the first few values tell.
    if (isExact(data, shape, axis, scale)) return { q: codesOf(data, shape, axis, scale), scale };
  }
  return undefined;
}

function isExact(
  data: Float32Array,
  shape: readonly number[],
  axis: number,
  scale: Float32Array,
): boolean {
  const inner = sizeOf(shape.slice(axis + 1));
  for (let i = 0, c = 0; i < data.length; c = (c + 1) % scale.length) {
    const unit = scale[c] as number;
    for (const end = i + inner; i < end; i++) {
      const value = data[i] as number;
      if (value !== Math.fround(Math.round(value / unit) * unit)) return false;
    }
  }
  return true;
}

interface Quantised {
  q: Int8Array;
  scale: Float32Array;
}

/** value = q * scale[channel], q in [-127, 127]. */
export function quantise(data: Float32Array, shape: readonly number[], axis: number): Quantised {
  const scale = scalesOf(largestOf(data, shape, axis), LARGEST);
  return { q: codesOf(data, shape, axis, scale), scale };
}

/** The largest absolute value of each channel. */
function largestOf(data: Float32Array, shape: readonly number[], axis: number): Float32Array {
  const most = new Float32Array(shape[axis] as number);
  const inner = sizeOf(shape.slice(axis + 1));
  for (let i = 0, c = 0; i < data.length; c = (c + 1) % most.length) {
    let largest = most[c] as number;
    for (const end = i + inner; i < end; i++) {
      largest = Math.max(largest, Math.abs(data[i] as number));
    }
    most[c] = largest;
  }
  return most;
}

/** A channel of zeros gets scale 1: any would do, 0 would divide by zero. */
function scalesOf(most: Float32Array, largest: number): Float32Array {
  return most.map((value) => Math.fround(value / largest) || 1);
}

function codesOf(
  data: Float32Array,
  shape: readonly number[],
  axis: number,
  scale: Float32Array,
): Int8Array {
  const q = new Int8Array(data.length);
  const inner = sizeOf(shape.slice(axis + 1));
  for (let i = 0, c = 0; i < data.length; c = (c + 1) % scale.length) {
    const unit = scale[c] as number;
    for (const end = i + inner; i < end; i++) q[i] = Math.round((data[i] as number) / unit);
  }
  return q;
}

function codesConstant(graph: Graph, weight: Constant, q: Int8Array | Uint8Array): Constant {
  const dtype = q instanceof Int8Array ? "int8" : "uint8";
  return addConstant(graph, { ...weight, name: `${weight.name}/${dtype}`, dtype, data: q });
}

/** 8-bit constant, scales and zero points or offsets -> the float32 value the operator reads. */
function dequantised(
  graph: Graph,
  nodes: Node[],
  weight: Constant & { data: Float32Array },
  axis: number,
): string {
  const grid = gridOf(weight.data, weight.shape, axis);
  return expanded(graph, nodes, weight, axis, grid ?? quantise(weight.data, weight.shape, axis));
}

function expanded(
  graph: Graph,
  nodes: Node[],
  weight: Constant & { data: Float32Array },
  axis: number,
  quantised: Quantised | Grid,
): string {
  const { q, scale } = quantised;
  const grid = "offset" in quantised ? quantised : undefined;
  const codes = codesConstant(graph, weight, q);
  const scales = floatConstant(graph, `${weight.name}/scale`, [scale.length], scale);
  const inputs = [codes.name, scales.name];
  if (grid?.zero) inputs.push(zeroConstant(graph, weight, grid.zero).name);
  const add = (op: string, from: string[], attrs: Node["attrs"]): string => {
    const output = uniqueName(graph, `${weight.name}/float32`);
    graph.values.set(output, { name: output, dtype: "float32", shape: weight.shape });
    const name = uniqueName(graph, `${weight.name}/${op}`);
    nodes.push({ op, name, inputs: from, outputs: [output], attrs });
    return output;
  };
  const output = add("DequantizeLinear", inputs, { axis });
  if (!grid || grid.zero) return output;
  const shape = weight.shape.map((d, i) => (i === axis ? d : 1));
  const offset = floatConstant(graph, `${weight.name}/offset`, shape, grid.offset);
  return add("Add", [output, offset.name], {});
}

function zeroConstant(graph: Graph, weight: Constant, data: Uint8Array): Constant {
  const name = `${weight.name}/zero_point`;
  return addConstant(graph, { name, dtype: "uint8", shape: [data.length], data });
}

/**
 * Gather(table) = Cast(Gather(codes)) * Gather(scales): one scale per row. Of a table that was quantised as a whole:
 * Cast(Gather(codes)) * scale + offset.
 */
function gatherRows(
  graph: Graph,
  nodes: Node[],
  node: Node,
  table: Constant & { data: Float32Array },
  quantised: Quantised | Grid,
): void {
  const { q, scale } = quantised;
  const rows = codesConstant(graph, table, q);
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
  const int = { dtype: rows.dtype, shape: out.shape };
  const float = { dtype: "float32", shape: out.shape } as const;
  const picked = add("Gather", [rows.name, index], { axis: 0 }, int);
  const cast = add("Cast", [picked], { to: elementType("float32") }, float);
  if ("offset" in quantised) {
    const whole = floatConstant(graph, `${table.name}/scale`, [], scale);
    const offset = floatConstant(graph, `${table.name}/offset`, [], quantised.offset);
    add("Add", [add("Mul", [cast, whole.name], {}, float), offset.name], {}, float, output);
    return;
  }
  const scales = floatConstant(graph, `${table.name}/scale`, [scale.length, 1], scale);
  const one = { ...float, shape: [...out.shape.slice(0, -1), 1] };
  const factor = add("Gather", [scales.name, index], { axis: 0 }, one);
  add("Mul", [cast, factor], {}, float, output);
}
