/** Loops: unrolled where they are short and their condition is known at conversion, else ONNX Loop. */
import { Refusal, Unavailable } from "../../errors.ts";
import { type Dim, emptyGraph, type Graph, isConstant, type Shape, type Tensor } from "../../ir.ts";
import { type FoldingBuilder, isOpen } from "../fold/builder.ts";
import { isList, type TensorList, type Value } from "../value.ts";
import {
  type Carried,
  type Counter,
  carriedAfter,
  carriedAtFirst,
  carriedTensor,
  isCount,
  isSameType,
  isZero,
  parameterOf,
  resolved,
  resultOf,
} from "./carried.ts";
import type { Step } from "./step.ts";

export interface LoopSpec {
  /** Begins the names of what is written for the loop. */
  readonly name: string;
  readonly inits: readonly Value[];
  /** How many nodes an iteration has, about. */
  readonly size: number;
  /** An iteration written with `b`; what a trial refuses is not reported. */
  step(b: FoldingBuilder, before: (variable: number) => Value, trial?: boolean): Step;
}

/** A loop of a known number of iterations is unrolled into so many nodes at most; one of a single iteration always. */
const UNROLLED = 200;

/** The values after the loop. */
export function loop(b: FoldingBuilder, spec: LoopSpec): Value[] {
  const trips = constantTrips(b, spec, Math.max(1, Math.floor(UNROLLED / spec.size)));
  if (trips === undefined) return writeLoop(b, spec);
  let values = [...spec.inits];
  for (let i = 0; i < trips; i++) {
    const before = values;
    const step = spec.step(b, (k) => before[k]!);
    values = before.map((_, k) => step.next(k));
  }
  return values;
}

/** The number of iterations, if it follows from constants and is at most `most`. */
function constantTrips(b: FoldingBuilder, spec: LoopSpec, most: number): number | undefined {
  const scratch = b.inside(emptyGraph(b.graph.names), spec.name);
  let before = (k: number): Value => spec.inits[k]!;
  try {
    for (let trips = 0; trips <= most; trips++) {
      const step = spec.step(scratch, before, true);
      const condition = step.condition();
      if (!isConstant(condition)) return undefined;
      if (!condition.data[0]) return trips;
      before = (k) => step.next(k);
    }
  } catch (error) {
    // what the condition needs cannot be written: the loop itself will say so
    if (!(error instanceof Refusal || error instanceof Unavailable)) throw error;
  }
  return undefined;
}

/** One iteration, in a body of its own. */
interface Body {
  graph: Graph;
  b: FoldingBuilder;
  parameters: Value[];
  step: Step;
  next: Value[];
}

/** The condition before the first iteration is computed around the loop, that before the next one at the end of the body. */
function writeLoop(b: FoldingBuilder, spec: LoopSpec): Value[] {
  const { inits, name } = spec;
  const first = spec.step(b, (k) => inits[k]!).condition();
  const { carried, body } = settledBody(b, spec);
  const again = spec.step(body.b, (k) => body.next[k]!).condition();
  b.scope = name;
  body.b.scope = name;
  const ends = carried.map((type, k) =>
    endOf(b, body, type, { init: inits[k]!, next: body.next[k]! }),
  );
  const states = ends.filter((end) => end?.init);
  const scans = ends.filter((end) => end && !end.init);
  const all = [...states, ...scans] as End[];
  body.b.output(bool(body.b, again), []);
  for (const { next, shape } of all) body.b.output(next, shape);
  const outputs = b.withBodies(
    "Loop",
    [undefined, bool(b, first), ...all.flatMap(({ init }) => init ?? [])],
    { body: body.graph },
    all.map(({ next, after }) => ({ dtype: next.dtype, shape: after })),
  );
  return carried.map((type, k) => {
    const end = ends[k];
    return resultOf(type, inits[k]!, end && outputs[all.indexOf(end)]);
  });
}

/** What goes into and out of the body for one variable. */
interface End {
  /** Absent for a scan output. */
  readonly init: Tensor | undefined;
  readonly next: Tensor;
  /** What is known of it in every iteration. */
  readonly shape: Shape;
  /** Of the output of the loop. */
  readonly after: Shape;
}

function endOf(
  b: FoldingBuilder,
  body: Body,
  type: Carried,
  { init, next }: { init: Value; next: Value },
): End | undefined {
  switch (type.kind) {
    case "tensor":
    case "stack": {
      const last = carriedTensor(body.b, type, next);
      const { shape } = type;
      // items of a list that the loop has written to have the sizes of the items written
      const isWritten = type.kind === "stack" && type.blank;
      const after = isWritten ? shape.map((d, i) => d ?? named(last.shape[i])) : shape;
      return { init: carriedTensor(b, type, init), next: last, shape, after };
    }
    case "scan": {
      const { items } = next as TensorList;
      if (items.form !== "written") throw new Error("internal: a scan output is not written");
      const { item, count } = type;
      return { init: undefined, next: items.item, shape: item, after: [count, ...item] };
    }
    default:
      return undefined;
  }
}

/** A size that has a name outside the loop too. */
const named = (d: Dim | undefined): Dim => (typeof d === "string" && !isOpen(d) ? d : null);

/** A condition is a scalar bool. */
const bool = (b: FoldingBuilder, x: Tensor): Tensor =>
  b.cast(x.shape.length === 0 ? x : b.reshape(x, []), "bool");

/** Writes bodies until the types of what they carry hold for every iteration. */
function settledBody(b: FoldingBuilder, spec: LoopSpec): { carried: Carried[]; body: Body } {
  let carried = spec.inits.map((init) => carriedAtFirst(b, init));
  for (;;) {
    const body = bodyOf(b, spec, carried);
    let after = carried.map((type, k) =>
      carriedAfter(body.b, type, body.parameters[k]!, body.next[k]!),
    );
    const isSettled = () => after.every((type, k) => isSameType(carried[k]!, type));
    if (isSettled()) {
      const counter = counterOf(b, spec, body);
      after = after.map((type, k) =>
        type.kind === "blank" ? resolved(b, type.blank, body.next[k] as TensorList, counter) : type,
      );
      // a scan output changes nothing in the body
      if (after.every((type, k) => type.kind === "scan" || isSameType(carried[k]!, type)))
        return { carried: after, body };
    }
    carried = after;
  }
}

function bodyOf(b: FoldingBuilder, spec: LoopSpec, carried: readonly Carried[]): Body {
  const graph = emptyGraph(b.graph.names);
  const inner = b.inside(graph, spec.name);
  inner.input(`${spec.name}/iteration`, "int64", []);
  inner.input(`${spec.name}/continue`, "bool", []);
  const parameters = carried.map((type, k) =>
    parameterOf(inner, type, spec.inits[k]!, `${spec.name}/carried`),
  );
  const step = spec.step(inner, (k) => parameters[k]!);
  return { graph, b: inner, parameters, step, next: parameters.map((_, k) => step.next(k)) };
}

/** A counter starts at 0 and grows by 1; a loop fills a list if its condition compares counters with the list's length. */
function counterOf(b: FoldingBuilder, { inits }: LoopSpec, { step, parameters }: Body): Counter {
  const isCounter = (k: number) => k >= 0 && isZero(inits[k]!) && step.counts(k);
  return {
    isIteration: (at) => isCounter(parameters.findIndex((t) => !isList(t) && t.name === at.name)),
    fills: (blank) =>
      step
        .bounds()
        ?.every(({ variable, bound }) => isCounter(variable) && isCount(b, bound, blank)) ?? false,
  };
}
