/** Writes the nodes of a graph model in the order they depend on each other: of the graph itself, and of the regions in it. */
import { type ConversionIssue, Refusal, refuse, reject, Unavailable } from "../errors.ts";
import { type Constant, isConstant, type Tensor } from "../ir.ts";
import type { Weights } from "../weights.ts";
import { dtypeOf } from "./attrs.ts";
import { constantValues, type OpCall } from "./call.ts";
import { type Condition, conditionsOf } from "./control/conditions.ts";
import { CONTROL } from "./control/control.ts";
import { type Frames, framesOf } from "./control/frames.ts";
import { LISTS } from "./control/lists.ts";
import type { FoldingBuilder } from "./fold/builder.ts";
import type { Edge, FunctionDef, GraphDef, NodeDef } from "./graphDef.ts";
import { TF_OPS } from "./registry.ts";
import { isList, type Value } from "./value.ts";

export const keyOf = ({ node, index }: Edge) => `${node}:${index}`;

/** A part of the graph that is written by itself: the body of a loop or a branch, or a function's body. */
export interface Region {
  /** The value of an edge that comes from outside: what a loop carries, the arguments of a function. */
  given(edge: Edge): Value | undefined;
  /** Whether a node belongs to the region; others are written around it. */
  inside(node: string): boolean;
  /** In a branch: the predicate, and the value it has there. */
  readonly branch?: { readonly predicate: string; readonly side: number };
}

/** An issue, and the values before it that the graph could be cut at. */
export interface Refused {
  readonly issue: ConversionIssue;
  readonly cuts: readonly Edge[];
}

/** One conversion: which values exist already, and what was refused. */
export class Emission {
  readonly b: FoldingBuilder;
  readonly nodes: ReadonlyMap<string, NodeDef>;
  readonly functions: ReadonlyMap<string, FunctionDef>;
  readonly refused: Refused[];
  /** Results of the loops written so far, by name; undefined for one that was refused. */
  readonly loops = new Map<string, readonly Value[] | undefined>();
  readonly region: Region | undefined;
  readonly outer: Emission | undefined;
  private readonly weights: Weights;
  private readonly values = new Map<string, Value>();
  private readonly done = new Set<string>();
  /** Nodes whose inputs are being written. */
  private readonly waiting = new Set<string>();
  /** Nodes that could not be converted, or that read one. */
  private readonly failed = new Set<string>();
  /** What regions have read of this graph, in their order. */
  private readonly asked: Edge[] = [];
  private foundFrames: Frames | undefined;
  private foundConditions: ReadonlyMap<string, Condition> | undefined;

  constructor(
    graph: GraphDef,
    weights: Weights,
    b: FoldingBuilder,
    place: { outer?: Emission; region?: Region; refused?: Refused[] } = {},
  ) {
    this.nodes = graph.nodes;
    this.functions = graph.functions;
    this.weights = weights;
    this.b = b;
    this.outer = place.outer;
    this.refused = place.refused ?? place.outer?.refused ?? [];
    this.region = place.region;
  }

  /** A region of this graph, or of `nodes` of a function, that is written with `b`; `refused` collects what it refuses. */
  inside(
    b: FoldingBuilder,
    region: Region,
    { nodes = this.nodes, refused }: { nodes?: Emission["nodes"]; refused?: Refused[] } = {},
  ): Emission {
    const graph = { nodes, functions: this.functions };
    const place = { outer: this, region, ...(refused ? { refused } : {}) };
    const inner = new Emission(graph, this.weights, b, place);
    if (nodes === this.nodes) {
      inner.foundFrames = this.foundFrames;
      inner.foundConditions = this.foundConditions;
    }
    return inner;
  }

  /** The loops of the graph. */
  get frames(): Frames {
    this.foundFrames ??= framesOf(this.nodes);
    return this.foundFrames;
  }

  /** The conditions of the graph, by their Merge. */
  get conditions(): ReadonlyMap<string, Condition> {
    this.foundConditions ??= conditionsOf(this.nodes, this.frames);
    return this.foundConditions;
  }

  /** Sets a value that its node does not have to compute: an input. */
  give(edge: Edge, tensor: Tensor): void {
    this.values.set(keyOf(edge), tensor);
  }

  /** The value of an edge, after everything it depends on; undefined where something was refused on the way. */
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

  /** The value, or the end of what depends on it. */
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
    if (!control || this.region) return;
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
          ? "is no input of the signature; name it with --inputs"
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
    // functions that read an input by its number say so where it is a list
    const inputs = values.filter((value): value is Tensor => !isList(value));
    const input = (i: number) => {
      const value = values[i] ?? refuse(`input ${i} is missing`);
      return isList(value) ? refuse(`input ${i} is a list of tensors`) : value;
    };
    return {
      b,
      op,
      attrs,
      inputs,
      input,
      values,
      sizes: (i) => values[i] && b.sizesOf(input(i)),
      ints: (i, what) =>
        constantValues(input(i)) ??
        refuse(`the graph computes its ${what}, which must be known at conversion`),
    };
  }

  /** A constant from the weights file. */
  private constant({ name, attrs }: NodeDef): Constant {
    const weight = this.weights.get(name);
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
