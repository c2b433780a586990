/** One iteration of a loop of a graph model, and what can be told of it without writing it. */
import { isConstant, type Tensor } from "../../ir.ts";
import type { Edge } from "../graphDef.ts";
import { isList, type Value } from "../value.ts";
import type { Scope } from "./scope.ts";

/** Written on demand: the condition, and the values after the iteration, from those before it. */
export interface Step {
  condition(): Tensor;
  next(variable: number): Value;
  /** The condition as `variable < bound` for each of these; undefined if it is something else. */
  bounds(): Bound[] | undefined;
  /** Whether the iteration adds 1 to the variable. */
  counts(variable: number): boolean;
}

interface Bound {
  readonly variable: number;
  readonly bound: Tensor;
}

/** A region with edges in it, and the edges that are variables of the loop. */
interface Place<T> {
  readonly region: Scope;
  readonly at: T;
  variable(edge: Edge): number | undefined;
}

export function stepOf(condition: Place<Edge>, body: Place<readonly Edge[]>): Step {
  return {
    condition: () => tensor(condition.region.need(condition.at)),
    next: (k) => body.region.need(body.at[k]!),
    bounds: () => boundsOf(condition, condition.at),
    counts: (k) => counts(body, k),
  };
}

function tensor(value: Value): Tensor {
  if (isList(value)) throw new Error("internal: a condition is a list of tensors");
  return value;
}

/** The edge behind identities. */
function origin({ region }: Place<unknown>, edge: Edge): Edge {
  let at = edge;
  for (;;) {
    const node = region.nodes.get(at.node);
    if (!node || !["Identity", "LoopCond"].includes(node.op)) return at;
    at = node.inputs[0]!;
  }
}

function boundsOf(place: Place<unknown>, from: Edge): Bound[] | undefined {
  const edge = origin(place, from);
  const node = place.region.nodes.get(edge.node);
  const [x, y] = node?.inputs ?? [];
  if (!node || !x || !y) return undefined;
  if (node.op === "LogicalAnd") {
    const [left, right] = [boundsOf(place, x), boundsOf(place, y)];
    return left && right && [...left, ...right];
  }
  const variable = place.variable(origin(place, x));
  const bound = place.region.value(y);
  if (node.op !== "Less" || variable === undefined || !bound || isList(bound)) return undefined;
  return [{ variable, bound }];
}

function counts(place: Place<readonly Edge[]>, k: number): boolean {
  const node = place.region.nodes.get(origin(place, place.at[k]!).node);
  if (!node || !["Add", "AddV2"].includes(node.op)) return false;
  const isVariable = (edge: Edge) => place.variable(origin(place, edge)) === k;
  const isOne = (edge: Edge) => {
    const value = isVariable(edge) ? undefined : place.region.value(edge);
    return value && !isList(value) && isConstant(value) && value.data.length === 1
      ? Number(value.data[0]) === 1
      : false;
  };
  const [x, y] = node.inputs as [Edge, Edge];
  return (isVariable(x) && isOne(y)) || (isVariable(y) && isOne(x));
}
