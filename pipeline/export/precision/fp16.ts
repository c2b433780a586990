/** Half precision: weights and computation in float16, inputs and outputs of the graph stay float32. */
import {
  bodiesOf,
  type Constant,
  type DType,
  type Graph,
  isConstant,
  type Node,
  reads,
  type Tensor,
  uniqueName,
} from "../ir.ts";
import { elementType } from "../onnx/encode.ts";
import { operator } from "../ops.ts";
import { renameReads } from "../passes/rewrite.ts";
import { fragileValues } from "./fragile.ts";

const INTEGERS = new Set([
  elementType("int32"),
  elementType("int64"),
  elementType("bool"),
  elementType("uint8"),
]);
/**
 * Rewrites the graph in place. Finite values beyond float16's range (65504) are clamped to it; ids and fragile sums stay
 * float32.
 */
export function toFloat16(graph: Graph): void {
  const fragile = fragileValues(graph);
  const keep = new Set([...indexValues(graph), ...fragile, ...float32Values(graph)]);
  const casts = new Map<string, string>();
  const nodes: Node[] = [];
  const inputs = new Set(graph.inputs.filter((t) => t.dtype === "float32").map((t) => t.name));
  const float32 = (name: string) => inputs.has(name) || keep.has(name);
  /** The copy of a value in the other float type. */
  const copy = (name: string, dtype: "float16" | "float32"): string => {
    const known = casts.get(name);
    if (known) return known;
    const output = uniqueName(graph, `${name}/${dtype}`);
    nodes.push({
      op: "Cast",
      name: uniqueName(graph, `${name}/Cast`),
      inputs: [name],
      outputs: [output],
      attrs: { to: elementType(dtype) },
    });
    const { shape } = (graph.values.get(name) ?? graph.constants.get(name)) as Tensor | Constant;
    graph.values.set(output, { name: output, dtype, shape });
    casts.set(name, output);
    return output;
  };
  const half = (name: string) => copy(name, "float16");
  const isHalf = (name: string) =>
    (graph.values.get(name) ?? graph.constants.get(name))?.dtype === "float16";
  const full = (name: string) => (isHalf(name) ? copy(name, "float32") : name);
  retype(graph, keep);
  const outer = new Set([...inputs, ...keep]);
  for (const node of graph.nodes) {
    const isFull =
      operator(node.op).float32 === true || node.outputs.some((name) => fragile.has(name));
    const stays = isFull || node.outputs.some((name) => keep.has(name)) || isIntegerCast(node);
    if (!stays) node.inputs = node.inputs.map((name) => (float32(name) ? half(name) : name));
    if (isFull) renameReads(node, full);
    else for (const body of bodiesOf(node)) halveBody(body, outer, half);
    if (node.op === "Cast" && node.attrs.to === elementType("float32") && !stays) {
      node.attrs = { to: elementType("float16") };
    }
    // A ConstantOfShape has its value as an attribute.
    if (!stays && node.outputs.every(isHalf)) node.attrs = halfAttrs(node.attrs);
    nodes.push(node);
  }
  graph.nodes = nodes;
  restoreOutputs(graph, keep);
}

/** What operators that compute in float32 give, and the constants they read. */
function float32Values(graph: Graph): string[] {
  return graph.nodes
    .filter(({ op }) => operator(op).float32)
    .flatMap((node) => [
      ...node.outputs,
      ...reads(node).filter((name) => graph.constants.has(name)),
    ])
    .filter((name) => (graph.values.get(name) ?? graph.constants.get(name))?.dtype === "float32");
}

function halfAttrs(attrs: Node["attrs"]): Node["attrs"] {
  return Object.fromEntries(
    Object.entries(attrs).map(([name, value]) => [
      name,
      typeof value === "object" && "data" in value ? halfConstant(value) : value,
    ]),
  );
}

function isIntegerCast(node: Node): boolean {
  return node.op === "Cast" && INTEGERS.has(Number(node.attrs.to));
}

/**
 * Float values that end as integers, and the constants they are computed with: whole numbers above 2048 do not survive
 * float16.
 */
function indexValues(graph: Graph): Set<string> {
  const isFloat = (name: string) =>
    (graph.values.get(name) ?? graph.constants.get(name))?.dtype === "float32";
  // Only what arithmetic makes of the inputs can be ids; what layers make of them is data.
  const fromInputs = new Set(graph.inputs.map((t) => t.name));
  for (const node of graph.nodes) {
    const { ids } = operator(node.op);
    if (ids && reads(node).every((name) => fromInputs.has(name) || graph.constants.has(name)))
      for (const name of node.outputs) fromInputs.add(name);
  }
  const keep = new Set<string>();
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((name) => fromInputs.has(name))) continue;
    if (!isIntegerCast(node) && !node.outputs.some((name) => keep.has(name))) continue;
    for (const name of reads(node)) if (isFloat(name)) keep.add(name);
  }
  return keep;
}

/** Constants and values become float16, except those named. */
function retype(graph: Graph, keep: ReadonlySet<string>): void {
  const fixed = new Set(keep);
  for (const node of graph.nodes) {
    for (const i of operator(node.op).float32Inputs ?? []) {
      const name = node.inputs[i];
      if (name) fixed.add(name);
    }
  }
  const graphInputs = new Set(graph.inputs.map((t) => t.name));
  for (const [name, constant] of graph.constants) {
    if (constant.dtype === "float32" && !fixed.has(name))
      graph.constants.set(name, halfConstant(constant));
  }
  for (const [name, tensor] of graph.values) {
    if (tensor.dtype === "float32" && !fixed.has(name) && !graphInputs.has(name)) {
      graph.values.set(name, { ...tensor, dtype: "float16" });
    }
  }
}

/** Bodies compute in float16 throughout. */
function halveBody(body: Graph, outer: ReadonlySet<string>, half: (name: string) => string): void {
  const type = (t: Tensor): Tensor =>
    t.dtype === "float32" ? { ...t, dtype: "float16" as DType } : t;
  retype(body, new Set());
  body.inputs = body.inputs.map(type);
  body.outputs = body.outputs.map(type);
  for (const t of body.inputs) body.values.set(t.name, t);
  for (const node of body.nodes) {
    node.inputs = node.inputs.map((name) => (outer.has(name) ? half(name) : name));
    if (node.op === "Cast" && node.attrs.to === elementType("float32"))
      node.attrs = { to: elementType("float16") };
  }
}

/** A float32 output is cast from the float16 value that used to have its name. */
function restoreOutputs(graph: Graph, keep: ReadonlySet<string>): void {
  for (const output of graph.outputs) {
    const producer = graph.nodes.find((n) => n.outputs.includes(output.name));
    if (output.dtype !== "float32" || !producer || keep.has(output.name)) continue;
    const inner = uniqueName(graph, `${output.name}/float16`);
    for (const node of graph.nodes) {
      renameReads(node, (name) => (name === output.name ? inner : name));
      node.outputs = node.outputs.map((name) => (name === output.name ? inner : name));
    }
    graph.values.set(inner, { ...output, name: inner, dtype: "float16" });
    graph.values.set(output.name, output);
    graph.nodes.push({
      op: "Cast",
      name: uniqueName(graph, `${output.name}/Cast`),
      inputs: [inner],
      outputs: [output.name],
      attrs: { to: elementType("float32") },
    });
  }
}

export function halfConstant(constant: Constant): Constant {
  if (!isConstant(constant) || !(constant.data instanceof Float32Array)) return constant;
  return { ...constant, dtype: "float16", data: toHalf(constant.data) };
}

/** IEEE 754 binary16 bits of float32 values, rounded to nearest even; finite ones are clamped to +-65504. */
export function toHalf(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(values.length);
  for (let i = 0; i < out.length; i++) {
    const x = bits[i] as number;
    const sign = (x >>> 16) & 0x8000;
    const exponent = ((x >>> 23) & 0xff) - 112; // rebased from bias 127 to bias 15; 143 is infinite or NaN
    const fraction = x & 0x7fffff;
    if (exponent === 143) out[i] = sign | (fraction === 0 ? 0x7c00 : 0x7e00);
    else if (exponent >= 31) out[i] = sign | 0x7bff;
    else if (exponent > 0) {
      // a carry out of the fraction rightly raises the exponent
      const half = (exponent << 10) | (fraction >> 13);
      out[i] = sign | Math.min(half + roundUp(fraction, 13, half), 0x7bff);
    } else if (exponent >= -10) {
      const shift = 14 - exponent;
      const full = fraction | 0x800000;
      const half = full >> shift;
      out[i] = sign | (half + roundUp(full, shift, half));
    } else out[i] = sign;
  }
  return out;
}

/** 1 where the bits cut off are more than half a unit, or exactly half and the rest is odd. */
function roundUp(value: number, shift: number, kept: number): number {
  const cut = value & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return cut > half || (cut === half && (kept & 1) === 1) ? 1 : 0;
}
