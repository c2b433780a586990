/** What a loop carries from one iteration to the next: types, parameters of the body, and what becomes of them. */
import { refuse } from "../../errors.ts";
import { type Dim, type DType, isConstant, type Shape, type Tensor } from "../../ir.ts";
import type { FoldingBuilder } from "../fold/builder.ts";
import { type BlankItems, isList, type TensorList, type Value } from "../value.ts";
import { asBlank, elementOf, stackBefore, stackedList, stackOf } from "./listValues.ts";

/** How a variable of a loop is carried. */
export type Carried =
  /** Not at all: no iteration changes it. */
  | { readonly kind: "invariant" }
  /** As a tensor; a null size differs from iteration to iteration. */
  | { readonly kind: "tensor"; readonly dtype: DType; readonly shape: Shape }
  /** As a list, stacked in a tensor; `blank` where nothing was written to it before the loop. */
  | {
      readonly kind: "stack";
      readonly dtype: DType;
      readonly shape: Shape;
      readonly blank?: boolean;
    }
  /** Nothing was written to the list before the loop, and how the loop writes to it is not known yet. */
  | { readonly kind: "blank"; readonly blank: BlankItems }
  /**
   * Iteration i writes item i: the items are a scan output of the loop. As in TensorFlow.js, a list has the items that were
   * written, whatever length it was made with.
   */
  | { readonly kind: "scan"; readonly item: Shape; readonly count: Dim };

export function carriedAtFirst(b: FoldingBuilder, init: Value): Carried {
  if (!isList(init)) return { kind: "tensor", dtype: init.dtype, shape: init.shape };
  const blank = asBlank(b, init);
  if (blank) return { kind: "blank", blank };
  return stackType(init, elementOf(init));
}

function stackType(list: TensorList, element: Shape | undefined): Carried {
  const { items } = list;
  if (!element) refuse("a list has items of unknown rank before the loop; give them a shape");
  const count =
    items.form === "stack"
      ? (items.stack.shape[0] ?? null)
      : items.form === "each"
        ? items.each.length
        : null;
  return { kind: "stack", dtype: list.dtype, shape: [count, ...element] };
}

/** The value that the body reads. */
export function parameterOf(b: FoldingBuilder, carried: Carried, init: Value, name: string): Value {
  switch (carried.kind) {
    case "invariant":
      return init;
    case "tensor":
      return b.input(name, carried.dtype, carried.shape);
    case "stack":
      return stackedList(b.input(name, carried.dtype, carried.shape));
    case "blank":
      return { ...(init as TensorList), items: carried.blank };
    default:
      throw new Error("internal: the body of a scan output is written already");
  }
}

/** Whether the iteration hands on what it got. */
function isUnchanged(parameter: Value, next: Value): boolean {
  if (isList(parameter) !== isList(next)) return false;
  if (!isList(parameter)) return parameter.name === (next as Tensor).name;
  const [x, y] = [parameter.items, (next as TensorList).items];
  if (x.form === "stack") return y.form === "stack" && x.stack.name === y.stack.name;
  return x === y;
}

/** How the variable has to be carried, after a look at what one iteration makes of it. */
export function carriedAfter(
  b: FoldingBuilder,
  carried: Carried,
  parameter: Value,
  next: Value,
): Carried {
  if (carried.kind === "invariant" || isUnchanged(parameter, next)) return { kind: "invariant" };
  if (isList(parameter) !== isList(next))
    refuse("a variable of the loop becomes a list of tensors");
  if (carried.kind === "tensor")
    return { ...carried, shape: common(carried.shape, (next as Tensor).shape) };
  if (carried.kind === "stack") {
    const stack = stackOf(b, next as TensorList);
    return { ...carried, shape: common(carried.shape, stack.shape) };
  }
  return carried;
}

/** What is known of the places that an iteration writes to. */
export interface Counter {
  /** Whether it is the number of the iteration. */
  isIteration(at: Tensor): boolean;
  /** Whether the loop has as many iterations as the list has items. */
  fills(blank: BlankItems): boolean;
}

/** A blank list as a scan output if iteration i writes item i, else as a stack. */
export function resolved(
  b: FoldingBuilder,
  blank: BlankItems,
  next: TensorList,
  counter: Counter,
): Carried {
  const { items } = next;
  const count = b.sizesOf(blank.count)?.[0] ?? null;
  if (items.form === "written" && items.blank === blank) {
    const { at, item } = items;
    const inOrder = at ? counter.isIteration(at) : count === 0;
    const filled = at && counter.fills(blank) ? count : null;
    if (inOrder) return { kind: "scan", item: item.shape, count: filled };
  }
  const element = elementOf(next)?.map((d): Dim => (typeof d === "number" ? d : null));
  if (!element) refuse("writes items of a rank that is only known when they are computed");
  return { kind: "stack", dtype: next.dtype, shape: [count, ...element], blank: true };
}

/** Sizes that both have. */
function common(x: Shape, y: Shape): Shape {
  if (x.length !== y.length)
    refuse(
      `a variable of the loop has ${x.length} axes in one iteration and ${y.length} in the next`,
    );
  return x.map((d, i) => (d === y[i] ? d : null));
}

export const isSameType = (x: Carried, y: Carried): boolean =>
  x.kind === y.kind && ("shape" in x && "shape" in y ? String(x.shape) === String(y.shape) : true);

/** The tensor that is carried, of the value before the loop or after an iteration. */
export function carriedTensor(
  b: FoldingBuilder,
  carried: Extract<Carried, { shape: Shape }>,
  value: Value,
): Tensor {
  if (carried.kind === "tensor") return b.cast(value as Tensor, carried.dtype);
  return b.cast(stackBefore(b, value as TensorList, carried.shape.slice(1)), carried.dtype);
}

/** The value after the loop, of the output that the loop has for it. */
export function resultOf(carried: Carried, init: Value, output: Tensor | undefined): Value {
  if (!output) return init;
  if (carried.kind === "scan") {
    const list = stackedList(output);
    return { ...list, element: (init as TensorList).element ?? list.element };
  }
  return carried.kind === "stack" ? stackedList(output) : output;
}

/** Whether a scalar bound of the loop is the length of the list. */
export function isCount(b: FoldingBuilder, bound: Tensor, { from, count }: BlankItems): boolean {
  if (bound.name === from.name) return true;
  const [x, y] = [b.sizesOf(bound)?.[0] ?? null, b.sizesOf(count)?.[0] ?? null];
  return x !== null && x === y;
}

/** Whether the value is a constant 0. */
export const isZero = (value: Value): boolean =>
  !isList(value) && isConstant(value) && value.data.length === 1 && Number(value.data[0]) === 0;
