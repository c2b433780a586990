/** What can be done with a list of tensors, in every form it has. */
import { refuse } from "../../errors.ts";
import { type Dim, type DType, isStatic, type Shape, type Tensor } from "../../ir.ts";
import { constantValues, int64 } from "../call.ts";
import { allocate } from "../fold/arrays.ts";
import type { FoldingBuilder } from "../fold/builder.ts";
import type { BlankItems, Items, TensorList } from "../value.ts";

/** More items than these are stacked in one tensor. */
const MOST_ITEMS = 256;

/** A list of `count` items that nothing has been written to. */
export function blankList(
  b: FoldingBuilder,
  count: Tensor,
  { dtype, element }: Pick<TensorList, "dtype" | "element">,
): TensorList {
  const [known] = constantValues(count) ?? [];
  const items: Items =
    known !== undefined && known <= MOST_ITEMS
      ? { form: "each", each: Array<undefined>(Math.max(known, 0)).fill(undefined) }
      : { form: "blank", count: b.reshape(int64(b, count), [1]), from: count };
  return { kind: "list", dtype, element, items };
}

export function stackedList(stack: Tensor): TensorList {
  const { dtype, shape } = stack;
  return { kind: "list", dtype, element: shape.slice(1), items: { form: "stack", stack } };
}

/** The list as one of a computed length, if nothing has been written to it. */
export function asBlank(b: FoldingBuilder, { items }: TensorList): BlankItems | undefined {
  if (items.form === "blank") return items;
  if (items.form !== "each" || items.each.some((item) => item)) return undefined;
  const from = b.constant(`${b.scope}/count`, "int32", [], Int32Array.of(items.each.length));
  return { form: "blank", count: b.ints([items.each.length]), from };
}

/** The number of items, as int64 [1]. */
export function countOf(b: FoldingBuilder, { items }: TensorList): Tensor {
  if (items.form === "each") return b.ints([items.each.length]);
  if (items.form === "stack") return b.size(items.stack, 0);
  return items.form === "blank" ? items.count : items.blank.count;
}

/** The sizes of an item, as far as the list and one of its items tell. */
export function elementOf(list: TensorList, item?: Tensor): Shape | undefined {
  const { items } = list;
  const own =
    items.form === "stack"
      ? items.stack.shape.slice(1)
      : items.form === "each"
        ? items.each.find((t) => t)?.shape
        : items.form === "written"
          ? items.item.shape
          : undefined;
  const shapes = [own, item?.shape, list.element].filter((s) => s !== undefined);
  const [first] = shapes;
  if (!first) return undefined;
  return first.map(
    (_, i) => shapes.map((s) => s[i] ?? null).find((d) => typeof d === "number") ?? first[i]!,
  );
}

/** All items in one tensor [count, ...element]; those not written are zeros. `item` helps to know what an item is like. */
export function stackOf(b: FoldingBuilder, list: TensorList, item?: Tensor): Tensor {
  const { items } = list;
  if (items.form === "stack") return items.stack;
  if (items.form === "written") {
    const stack = stackOf(b, { ...list, items: items.blank }, items.item);
    const { at, item: own, grows } = items;
    return at ? scattered(b, stack, { at, item: own, grows }) : appended(b, stack, own);
  }
  const [example] = items.form === "each" ? items.each.filter((t) => t !== undefined) : [];
  const element = elementOf(list, item);
  const unwritten = (count: Tensor): Tensor => {
    if (!element || !isStatic(element)) {
      if (item || example) return zerosLike(b, count, (item ?? example) as Tensor);
      refuse(
        "an item of the list has sizes that are only known when it is computed; give the model's inputs fixed shapes (--input-shape)",
      );
    }
    const sizes = b.op("Concat", [count, b.ints(element)], { axis: 0 });
    const shape = [b.sizesOf(count)?.[0] ?? null, ...element];
    return b.op("Expand", [zero(b, list.dtype), sizes], {}, { shape });
  };
  if (items.form === "blank") return unwritten(items.count);
  if (!example) return unwritten(b.ints([items.each.length]));
  const parts = items.each.map((t) =>
    t ? b.unsqueeze(b.cast(t, list.dtype), [0]) : unwritten(b.ints([1])),
  );
  return parts.length === 1 ? parts[0]! : b.op("Concat", parts, { axis: 0 });
}

/**
 * The list as one tensor, of which what is not known before the first item is written is 1: writing an item expands it.
 * `element` is what is known of an item.
 */
export function stackBefore(b: FoldingBuilder, list: TensorList, element: Shape): Tensor {
  if (!asBlank(b, list)) return stackOf(b, { ...list, element });
  return stackOf(b, { ...list, element: element.map((d) => (typeof d === "number" ? d : 1)) });
}

function zerosLike(b: FoldingBuilder, count: Tensor, item: Tensor): Tensor {
  const sizes = b.op("Concat", [count, b.op("Shape", [item])], { axis: 0 });
  const shape = [b.sizesOf(count)?.[0] ?? null, ...item.shape];
  return b.op("Expand", [zero(b, item.dtype), sizes], {}, { shape });
}

const zero = (b: FoldingBuilder, dtype: DType): Tensor =>
  b.constant(`${b.scope}/zero`, dtype, [], allocate(dtype, 1));

/** An item and its place, a scalar. */
interface Write {
  readonly at: Tensor;
  readonly item: Tensor;
  /** Whether the list gets longer where the place is behind its end. */
  readonly grows: boolean;
}

/** The list with an item written to it. */
export function withItem(b: FoldingBuilder, list: TensorList, write: Write): TensorList {
  const { at, grows } = write;
  const item = b.cast(write.item, list.dtype);
  const { items } = list;
  const [known] = constantValues(at) ?? [];
  if (items.form === "each" && known !== undefined) {
    if (known < 0 || (known >= items.each.length && !grows))
      refuse(`writes item ${known} of a list of ${items.each.length}`);
    const length = Math.max(items.each.length, known + 1);
    const each = Array.from({ length }, (_, i) => (i === known ? item : items.each[i]));
    return { ...list, items: { form: "each", each } };
  }
  if (items.form === "blank")
    return { ...list, items: { form: "written", blank: items, at, item, grows } };
  return stackedList(scattered(b, stackOf(b, list, item), { at, item, grows }));
}

/** The list with `item` behind its last. */
export function withLast(b: FoldingBuilder, list: TensorList, value: Tensor): TensorList {
  const item = b.cast(value, list.dtype);
  const { items } = list;
  if (items.form === "each")
    return { ...list, items: { form: "each", each: [...items.each, item] } };
  if (items.form === "blank")
    return { ...list, items: { form: "written", blank: items, at: undefined, item, grows: true } };
  return stackedList(appended(b, stackOf(b, list, item), item));
}

const appended = (b: FoldingBuilder, stack: Tensor, item: Tensor): Tensor =>
  b.op("Concat", [stack, b.unsqueeze(item, [0])], { axis: 0 });

function scattered(b: FoldingBuilder, stack: Tensor, { at, item, grows }: Write): Tensor {
  const rows = b.unsqueeze(item, [0]);
  // the only item there is
  if (stack.shape[0] === 1 && !grows) return rows;
  if (stack.shape[0] === 0 && !grows) refuse("writes an item of a list that has none");
  const place = b.reshape(int64(b, at), [1, 1]);
  const end = b.op("Add", [b.reshape(place, [1]), b.ints([1])]);
  const into = expanded(b, grows ? lengthened(b, stack, end) : stack, item);
  return b.op("ScatterND", [into, place, rows]);
}

/** The stack with the sizes of an item where its own may still be 1: see stackBefore. */
function expanded(b: FoldingBuilder, stack: Tensor, item: Tensor): Tensor {
  const [count = null, ...element] = stack.shape;
  if (element.every((d, i) => typeof d === "number" || d === item.shape[i])) return stack;
  const sizes = b.op("Concat", [b.size(stack, 0), b.op("Shape", [item])], { axis: 0 });
  return b.op("Expand", [stack, sizes], {}, { shape: [count, ...item.shape] });
}

/** The stack with rows of zeros behind it, so that it has `count` rows, int64 [1], or more. */
export function lengthened(b: FoldingBuilder, stack: Tensor, count: Tensor): Tensor {
  const missing = b.op("Max", [b.op("Sub", [count, b.size(stack, 0)]), b.ints([0])]);
  const rest = b.ints(Array<number>(stack.shape.length - 1).fill(0));
  const pads = b.op("Concat", [b.ints([0]), rest, missing, rest], { axis: 0 });
  const shape: Dim[] = [null, ...stack.shape.slice(1)];
  return b.op("Pad", [stack, pads], { mode: "constant" }, { shape });
}

/** The item at a place. */
export function itemAt(b: FoldingBuilder, list: TensorList, at: Tensor): Tensor {
  const [known] = constantValues(at) ?? [];
  if (list.items.form === "each" && known !== undefined) {
    const item = list.items.each[known];
    if (item) return item;
    if (!(known >= 0 && known < list.items.each.length))
      refuse(`reads item ${known} of a list of ${list.items.each.length}`);
  }
  return b.op("Gather", [stackOf(b, list), b.reshape(int64(b, at), [])], { axis: 0 });
}
