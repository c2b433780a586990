/** What the operators of control flow see of the place they are written to: emission.ts is behind it. */
import type { ConversionIssue } from "../../errors.ts";
import type { Weights } from "../../weights.ts";
import type { FoldingBuilder } from "../fold/builder.ts";
import type { Edge, FunctionDef, NodeDef } from "../graphDef.ts";
import type { Value } from "../value.ts";
import type { Structure } from "./structure.ts";

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

/** What one conversion has for every region. */
export interface Model {
  readonly functions: ReadonlyMap<string, FunctionDef>;
  readonly weights: Weights;
}

/** The graph, or a region of it, while it is written. */
export interface Scope {
  readonly b: FoldingBuilder;
  readonly nodes: ReadonlyMap<string, NodeDef>;
  readonly structure: Structure;
  readonly model: Model;
  readonly outer: Scope | undefined;
  readonly region: Region | undefined;
  /** Results of the loops written so far, by name; undefined for one that was refused. */
  readonly loops: Map<string, readonly Value[] | undefined>;
  /** Values of Merges that have been written with another, by name. */
  readonly merged: Map<string, Value>;
  /** The value of an edge, after everything it depends on; undefined where something was refused on the way. */
  value(edge: Edge): Value | undefined;
  /** The value, or the end of what depends on it. Throws Unavailable, Refusal. */
  need(edge: Edge): Value;
  /** A region of this graph, or the body of a function, that is written with `b`; `refused` collects what it refuses. */
  inside(
    b: FoldingBuilder,
    region: Region,
    options?: { callee?: FunctionDef; refused?: Refused[] },
  ): Scope;
}
