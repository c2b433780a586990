/** Reads a TensorFlow GraphDef from the `modelTopology` of a graph model. */
import { isRecord } from "../config.ts";
import { reject } from "../errors.ts";
import { type Attributes, attributes, type RawAttrs } from "./attrs.ts";
import { OUTPUTS } from "./outputs.ts";

/** One output of a node. */
export interface Edge {
  readonly node: string;
  readonly index: number;
}

export interface NodeDef {
  readonly name: string;
  readonly op: string;
  /** What it reads; control dependencies (`^name`) are left out: they only order side effects. */
  readonly inputs: readonly Edge[];
  readonly attrs: Attributes;
}

/** A function of the library: the body of a loop or of a branch. */
export interface FunctionDef {
  readonly name: string;
  /** Names of its arguments, which its nodes read as if they were nodes. */
  readonly inputs: readonly string[];
  readonly outputs: readonly Edge[];
  readonly nodes: ReadonlyMap<string, NodeDef>;
}

export interface GraphDef {
  readonly nodes: ReadonlyMap<string, NodeDef>;
  readonly functions: ReadonlyMap<string, FunctionDef>;
}

/** Whether a topology is a GraphDef; a LayersModel's has `model_config` or `config` instead. */
export function isGraphDef(topology: unknown): boolean {
  return isRecord(topology) && Array.isArray(topology.node);
}

/** @throws ConvertError for nodes without a name or an operator, and for two of one name. */
export function readGraphDef(topology: unknown): GraphDef {
  const { node, library } = topology as { node: unknown[]; library?: { function?: unknown[] } };
  const functions = (library?.function ?? []).map(readFunction);
  return { nodes: readNodes(node, "node"), functions: new Map(functions.map((f) => [f.name, f])) };
}

function readNodes(list: readonly unknown[], at: string): Map<string, NodeDef> {
  const nodes = new Map<string, NodeDef>();
  const ops = new Map(
    list.filter(isRecord).map(({ name, op }) => [String(name), String(op)] as const),
  );
  for (const [i, raw] of list.entries()) {
    const { name, op, input, attr } = (isRecord(raw) ? raw : {}) as Record<string, unknown>;
    if (typeof name !== "string" || typeof op !== "string")
      reject(`modelTopology.${at}[${i}]`, "has no name or no op");
    if (nodes.has(name)) reject(name, "two nodes have this name");
    const all: unknown[] = Array.isArray(input) ? input : [];
    if (!all.every((from) => typeof from === "string"))
      reject(name, `has the inputs ${JSON.stringify(input)}; they must be names`);
    const inputs = all.filter((from) => !from.startsWith("^"));
    nodes.set(name, {
      name,
      op,
      inputs: inputs.map((from) => edgeOf(from, (node) => ops.get(node))),
      attrs: attributes((isRecord(attr) ? attr : {}) as RawAttrs),
    });
  }
  return nodes;
}

/**
 * `node`, `node:1`, or in functions `node:output_name:0`, which counts within the output of that name: all are taken as
 * the number of the node's output. `opOf` gives the operator of a node.
 */
export function edgeOf(text: string, opOf: (node: string) => string | undefined): Edge {
  const [node = "", ...rest] = text.split(":");
  const last = rest.length > 0 ? Number(rest.at(-1)) : 0;
  const op = opOf(node) ?? "";
  const names = rest.length === 2 && Object.hasOwn(OUTPUTS, op) ? OUTPUTS[op]! : [];
  const first = Math.max(names.indexOf(rest[0] ?? ""), 0);
  return { node, index: first + (Number.isInteger(last) ? last : 0) };
}

function readFunction(raw: unknown): FunctionDef {
  const { signature, nodeDef, ret } = raw as {
    signature: {
      name: string;
      inputArg?: { name: string }[];
      outputArg?: { name: string }[];
    };
    nodeDef?: unknown[];
    ret?: Record<string, string>;
  };
  const nodes = readNodes(nodeDef ?? [], `library.${signature.name}.nodeDef`);
  const edge = (text: string) => edgeOf(text, (node) => nodes.get(node)?.op);
  return {
    name: signature.name,
    inputs: (signature.inputArg ?? []).map(({ name }) => name),
    outputs: (signature.outputArg ?? []).map(({ name }) => edge(ret?.[name] ?? name)),
    nodes,
  };
}
