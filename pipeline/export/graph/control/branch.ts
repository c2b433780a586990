/** Conditions: the branch itself where it is known at conversion, Where or If elsewhere. */
import { refuse } from "../../errors.ts";
import { emptyGraph, isConstant, type Shape, type Tensor } from "../../ir.ts";
import type { FoldingBuilder } from "../fold/builder.ts";
import { select } from "../ops/elementwise.ts";
import { isList, type Value } from "../value.ts";
import { elementOf, stackBefore, stackedList } from "./listValues.ts";

/** Writes one branch with a builder; its values. */
export type Branch = (b: FoldingBuilder) => Value[];

/** The values of the branch that `predicate`, a scalar, chooses: [if false, if true]. */
export function branch(
  b: FoldingBuilder,
  name: string,
  predicate: Tensor,
  [no, yes]: readonly [Branch, Branch],
): Value[] {
  const chosen = b.cast(predicate, "bool");
  if (isConstant(chosen)) return chosen.data[0] ? yes(b) : no(b);
  const written = [yes, no].map((write) => {
    const inner = b.inside(emptyGraph(b.graph.names), name);
    return { b: inner, values: write(inner) };
  }) as [Written, Written];
  b.scope = name;
  const outputs = written[0].values.map((yesValue, i) => joinOf(written, yesValue, i));
  const isEmpty = written.every(({ b }) => b.graph.nodes.length === 0);
  const condition = chosen.shape.length === 0 ? chosen : b.reshape(chosen, []);
  if (isEmpty && outputs.every(({ shapes: [x, y] }) => String(x) === String(y)))
    return outputs.map(({ tensors, result }) => result(select(b, condition, ...tensors)));
  for (const [side, { b: inner }] of written.entries()) {
    inner.scope = name;
    for (const { tensors, shape } of outputs) inner.output(tensors[side] as Tensor, shape);
  }
  const types = outputs.map(({ tensors: [t], shape }) => ({ dtype: t.dtype, shape }));
  const bodies = { then_branch: written[0].b.graph, else_branch: written[1].b.graph };
  const made = b.withBodies("If", [condition], bodies, types);
  return made.map((t, i) => outputs[i]!.result(t));
}

interface Written {
  b: FoldingBuilder;
  values: Value[];
}

interface Join {
  /** [if true, if false], of one type. */
  tensors: [Tensor, Tensor];
  shapes: [Shape, Shape];
  /** The sizes that both have. */
  shape: Shape;
  result(output: Tensor): Value;
}

function joinOf([yes, no]: readonly [Written, Written], yesValue: Value, i: number): Join {
  const noValue = no.values[i]!;
  let tensors: [Tensor, Tensor];
  if (isList(yesValue) && isList(noValue)) {
    const element = elementOf(yesValue) ?? elementOf(noValue);
    if (!element) refuse("both of its branches give a list of items of unknown rank");
    const stacks = [yesValue, noValue].map((list, side) =>
      stackBefore([yes, no][side]!.b, list, list.element ?? element),
    );
    tensors = stacks as [Tensor, Tensor];
  } else if (isList(yesValue) || isList(noValue)) {
    refuse("one of its branches gives a tensor, the other a list of tensors");
  } else {
    const dtype = yesValue.dtype;
    tensors = [yesValue, no.b.cast(noValue, dtype)];
  }
  const shapes = tensors.map((t) => t.shape) as [Shape, Shape];
  const [x, y] = shapes;
  if (x.length !== y.length)
    refuse(`its branches give tensors of ${x.length} and of ${y.length} axes`);
  const shape = x.map((d, axis) => (d === y[axis] ? d : null));
  return { tensors, shapes, shape, result: isList(yesValue) ? stackedList : (t) => t };
}
