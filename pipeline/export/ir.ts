/** The graph in memory: typed values, nodes and constants, before they become ONNX bytes. */

/** Element types; float16 is held as bits. */
export type DType = "float32" | "float16" | "int8" | "uint8" | "int32" | "int64" | "bool";

/** A known size, the name of a symbolic one, or null where it has neither. */
export type Dim = number | string | null;
/** Sizes from the outermost axis on; [] is a scalar. */
export type Shape = readonly Dim[];

export type TensorData =
  | Float32Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Int8Array
  | Uint16Array;

/** A value of the graph: the output of a node, an input, or a constant. */
export interface Tensor {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
}

/** A value with its data: becomes an ONNX initializer. float16 is held as its bits in a Uint16Array. */
export interface Constant extends Tensor {
  readonly shape: readonly number[];
  readonly data: TensorData;
}

export type Attr = number | string | readonly number[] | readonly string[] | Constant;

/** One operator. Nodes are connected by names instead of references, so that passes can rewrite them one by one. */
export interface Node {
  readonly op: string;
  name: string;
  /** Value names; "" stands for an optional input that is left out. */
  inputs: string[];
  outputs: string[];
  attrs: Record<string, Attr>;
  /** Graphs inside the node, by the attribute that holds them; they may read values of the graph around the node. */
  bodies?: Readonly<Record<string, Graph>>;
}

/** Nodes are in topological order. */
export interface Graph {
  inputs: Tensor[];
  outputs: Tensor[];
  nodes: Node[];
  constants: Map<string, Constant>;
  /** dtype and shape of every value that is not a constant. */
  values: Map<string, Tensor>;
  /** Names taken so far, shared by a graph and the bodies inside it. */
  names: Set<string>;
}

export function emptyGraph(names: Set<string> = new Set()): Graph {
  return { inputs: [], outputs: [], nodes: [], constants: new Map(), values: new Map(), names };
}

/** The first of `base`, `base_1`, `base_2`, ... that is free. */
export function uniqueName(graph: Graph, base: string): string {
  let name = base;
  for (let i = 1; graph.names.has(name); i++) name = `${base}_${i}`;
  graph.names.add(name);
  return name;
}

/** The graphs inside a node: the body of a loop, the branches of an If. */
export function bodiesOf(node: Node): Graph[] {
  return Object.values(node.bodies ?? {});
}

/** All values a node reads, those its bodies take from outside included. */
export function reads(node: Node): string[] {
  const own = node.inputs.filter((name) => name !== "");
  return [...own, ...bodiesOf(node).flatMap(outerReads)];
}

function outerReads(body: Graph): string[] {
  const inside = new Set(body.inputs.map((t) => t.name));
  for (const name of body.constants.keys()) inside.add(name);
  for (const node of body.nodes) for (const name of node.outputs) inside.add(name);
  const all = [...body.nodes.flatMap(reads), ...body.outputs.map((t) => t.name)];
  return all.filter((name) => !inside.has(name));
}

/** The number of elements of a fully known shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** Whether every size is a number. */
export function isStatic(shape: Shape): shape is readonly number[] {
  return shape.every((d) => typeof d === "number");
}

/** Whether two sizes are certainly equal; two without a name are not. */
export function sameDim(a: Dim, b: Dim): boolean {
  return a !== null && a === b;
}

/** Whether a value is a constant. */
export function isConstant(tensor: Tensor): tensor is Constant {
  return "data" in tensor;
}
