/** Builds small graph models: the JSON of a GraphDef, its constants as weights, its signature. */
import { Buffer } from "node:buffer";
import type { LayersArtifacts } from "../../../../pipeline/export/convert.ts";

export type Dtype = "float32" | "int32" | "bool";

/** Numbers in a shape, row by row. */
export interface Value {
  readonly shape: readonly number[];
  readonly data: readonly number[];
  readonly dtype: Dtype;
}

export type Attrs = Record<string, Record<string, unknown>>;

const TYPES = { float32: "DT_FLOAT", int32: "DT_INT32", bool: "DT_BOOL" } as const;

/** Attributes as today's converters write them. */
export const attr = {
  int: (value: number) => ({ i: String(value) }),
  float: (value: number) => ({ f: value }),
  flag: (value: boolean) => ({ b: value }),
  text: (value: string) => ({ s: Buffer.from(value).toString("base64") }),
  type: (dtype: Dtype) => ({ type: TYPES[dtype] }),
  ints: (...values: number[]) => ({ list: { i: values.map(String) } }),
  texts: (...values: string[]) => ({
    list: { s: values.map((value) => Buffer.from(value).toString("base64")) },
  }),
  shape: (sizes: readonly number[]) => ({
    shape: { dim: sizes.map((size) => ({ size: String(size) })) },
  }),
};

export interface NodeJson {
  name: string;
  op: string;
  input: string[];
  attr: Attrs;
}

/** A graph that is written node by node; names of nodes are what nodes read. */
export class GraphWriter {
  readonly nodes: NodeJson[] = [];
  private readonly weights: { name: string; value: Value }[] = [];
  private readonly inputs: Record<string, unknown> = {};
  private readonly outputs: Record<string, unknown> = {};

  /** @param shape -1 where unknown. */
  input(name: string, shape: readonly number[], dtype: Dtype = "float32"): string {
    const attrs = { dtype: attr.type(dtype), shape: attr.shape(shape) };
    this.nodes.push({ name, op: "Placeholder", input: [], attr: attrs });
    this.inputs[name] = {
      name: `${name}:0`,
      dtype: TYPES[dtype],
      tensorShape: attr.shape(shape).shape,
    };
    return name;
  }

  constant(name: string, value: Value): string {
    const attrs = {
      dtype: attr.type(value.dtype),
      value: { tensor: { dtype: TYPES[value.dtype], tensorShape: attr.shape(value.shape).shape } },
    };
    this.nodes.push({ name, op: "Const", input: [], attr: attrs });
    this.weights.push({ name, value });
    return name;
  }

  node(op: string, name: string, input: readonly string[], attrs: Attrs = {}): string {
    this.nodes.push({ name, op, input: [...input], attr: attrs });
    return name;
  }

  /** @param edge `node`, or `node:1` for its second output. */
  output(name: string, edge: string): void {
    this.outputs[name] = { name: edge.includes(":") ? edge : `${edge}:0` };
  }

  signature() {
    return { inputs: this.inputs, outputs: this.outputs };
  }

  artifacts(): LayersArtifacts {
    return {
      format: "graph-model",
      modelTopology: { node: this.nodes, library: {}, versions: { producer: 1 } },
      weightSpecs: this.weights.map(({ name, value: { shape, dtype } }) => ({
        name,
        shape,
        dtype,
      })),
      weightData: this.weights.map(({ value }) => bytesOf(value)),
      signature: this.signature(),
    };
  }
}

function bytesOf({ dtype, data }: Value): ArrayBuffer {
  if (dtype === "bool") return Uint8Array.from(data).buffer;
  return dtype === "int32" ? Int32Array.from(data).buffer : Float32Array.from(data).buffer;
}
