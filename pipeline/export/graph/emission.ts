/** Writes the nodes of a graph model in the order they depend on each other: of the graph itself, and of the regions in it. */
import { Refusal, refuse, reject, Unavailable } from "../errors.ts";
import { type Constant, isConstant, type Tensor } from "../ir.ts";
import { dtypeOf } from "./attrs.ts";
import { type OpCall, opCall } from "./call.ts";
import { CONTROL } from "./control/control.ts";
import { LISTS } from "./control/lists.ts";
import type { Model, Refused, Region, Scope } from "./control/scope.ts";
import { Structure } from "./control/structure.ts";
import type { FoldingBuilder } from "./fold/builder.ts";
import type { Edge, FunctionDef, NodeDef } from "./graphDef.ts";
import { TF_OPS } from "./registry.ts";
import { isList, type Value } from "./value.ts";

export const keyOf = ({ node, index }: Edge) => `${node}:${index}`;

/** One conversion: which values exist already, and what was refused. */
export class Emission implements Scope {
  readonly b: FoldingBuilder;
  readonly structure: Structure;
  readonly model: Model;
  readonly refused: Refused[];
  readonly outer: Emission | undefined;
  readonly region: Region | undefined;
  readonly loops = new Map<string, readonly Value[] | undefined>();
  readonly merged = new Map<string, Value>();
  private readonly values = new Map<string, Value>();
  private readonly done = new Set<string>();
  /** Nodes whose inputs are being written. */
  private readonly waiting = new Set<string>();
  /** Nodes that could not be converted, or that read one. */
  private readonly failed = new Set<string>();
  /** What regions have read of this graph, in their order. */
  private readonly asked: Edge[] = [];

  constructor(
    model: Model,
    structure: Structure,
    b: FoldingBuilder,
    place?: { outer: Emission; region: Region; refused: Refused[] },
  ) {
    this.model = model;
    this.structure = structure;
    this.b = b;
    this.outer = place?.outer;
    this.region = place?.region;
    this.refused = place?.refused ?? [];
  }

  inside(
    b: FoldingBuilder,
    region: Region,
    { callee, refused = this.refused }: { callee?: FunctionDef; refused?: Refused[] } = {},
  ): Emission {
    const structure = callee ? new Structure(callee.nodes, callee.outputs) : this.structure;
    return new Emission(this.model, structure, b, { outer: this, region, refused });
  }

  get nodes(): ReadonlyMap<string, NodeDef> {
    return this.structure.nodes;
  }

  /** Sets a value that its node does not have to compute: an input. */
  give(edge: Edge, tensor: Tensor): void {
    this.values.set(keyOf(edge), tensor);
  }

  value(edge: Edge): Value | undefined {
    const stack = [{ edge, open: false }];
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const { node: name } = top.edge;
      // an edge that leads back to a node that is waiting for this one
      const waits = !top.open && this.waiting.has(name);
      if (this.known(top.edge) || this.done.has(name) || waits) stack.pop();
      else if (top.open) {
        stack.pop();
        this.done.add(name);
        this.emit(this.nodes.get(name) as NodeDef);
      } else {
        top.open = true;
        this.waiting.add(name);
        const node = this.nodes.get(name);
        if (!node) reject(name, "is read, but the graph has no such node");
        for (const from of this.needs(node).toReversed()) stack.push({ edge: from, open: false });
      }
    }
    return this.values.get(keyOf(edge));
  }

  need(edge: Edge): Value {
    const value = this.value(edge);
    if (value) return value;
    if (this.failed.has(edge.node)) throw new Unavailable();
    refuse(`reads output ${edge.index} of "${edge.node}", which it does not have`);
  }

  /** Whether the value exists, in this region or around it, where it is written if it belongs there. */
  private known(edge: Edge): boolean {
    const key = keyOf(edge);
    if (this.values.has(key)) return true;
    if (!this.region) return false;
    const given = this.region.given(edge);
    if (!given && this.region.inside(edge.node)) return false;
    if (!given) this.outer?.asked.push(edge);
    const value = given ?? this.outer?.value(edge);
    if (value) this.values.set(key, value);
    else this.failed.add(edge.node);
    return true;
  }

  /** What has to be written before a node. */
  private needs(node: NodeDef): readonly Edge[] {
    const control = controlOf(node);
    return control ? control.needs(this, node) : node.inputs;
  }

  /** Writes one node. A refusal becomes an issue with the node's name, and the nodes behind it are left out. */
  private emit(node: NodeDef): void {
    const needs = this.needs(node);
    if (needs.some(({ node: from }) => this.failed.has(from))) {
      this.failed.add(node.name);
      return;
    }
    this.b.scope = node.name;
    const before = { refused: this.refused.length, asked: this.asked.length };
    try {
      for (const [index, value] of [this.write(node)].flat().entries())
        if (value) this.values.set(keyOf({ node: node.name, index }), value);
    } catch (error) {
      this.failed.add(node.name);
      if (error instanceof Refusal) {
        const issue = { path: node.name, message: `(${node.op}) ${error.message}` };
        this.refused.push({ issue, cuts: this.computed(needs) });
      } else if (!(error instanceof Unavailable)) throw error;
    }
    // what was refused in a loop or a branch cannot be cut there: the graph can be cut where that begins
    const control = controlOf(node);
    if (!control || this.region || this.refused.length === before.refused) return;
    const cuts = this.computed([...needs, ...this.asked.slice(before.asked)]);
    for (let i = before.refused; i < this.refused.length; i++)
      this.refused[i] = { issue: this.refused[i]!.issue, cuts };
  }

  private write(node: NodeDef): Value | (Value | undefined)[] {
    if (node.op === "Const") return this.constant(node);
    const control = controlOf(node);
    if (control) return control.write(this, node);
    const write = ofTable(TF_OPS, node.op) ?? ofTable(LISTS, node.op);
    if (!write)
      refuse(
        node.op === "Placeholder"
          ? "is not an input of the signature; name it with --inputs"
          : "the operator is not supported",
      );
    return write(this.callOf(node));
  }

  private callOf({ op, attrs, inputs: edges }: NodeDef): OpCall {
    const { b } = this;
    const values = edges.map((edge) => {
      const value = this.values.get(keyOf(edge));
      return (
        value ?? refuse(`reads output ${edge.index} of "${edge.node}", which it does not have`)
      );
    });
    return opCall(b, op, attrs, values);
  }

  /** A constant from the weights file. */
  private constant({ name, attrs }: NodeDef): Constant {
    const weight = this.model.weights.get(name);
    if (!weight) refuse("its value is not in the weights file");
    const dtype = weight.dtype === "string" ? dtypeOf("DT_STRING", "dtype") : weight.dtype;
    const declared = attrs.dtype("dtype", dtype);
    const { shape, data } = weight;
    const values =
      declared === "bool"
        ? Uint8Array.from(data)
        : declared === "int32"
          ? Int32Array.from(data)
          : data instanceof Float32Array
            ? data
            : Float32Array.from(data);
    return this.b.constant(name, declared, shape, values);
  }

  /** Those of the edges that hold a tensor which the graph computes. */
  private computed(edges: readonly Edge[]): Edge[] {
    const made = new Set(this.b.graph.nodes.flatMap((node) => node.outputs));
    return edges.filter((edge) => {
      const value = this.values.get(keyOf(edge));
      return value && !isList(value) && !isConstant(value) && made.has(value.name);
    });
  }
}

const ofTable = <T>(table: Readonly<Record<string, T>>, op: string): T | undefined =>
  Object.hasOwn(table, op) ? table[op] : undefined;

const controlOf = ({ op }: NodeDef) => ofTable(CONTROL, op);
