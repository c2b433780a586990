/** What can be done with a list of tensors, in every form it has. */
import { refuse } from "../../errors.ts";
import { type DType, isStatic, type Shape, type Tensor } from "../../ir.ts";
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
    return items.at ? scattered(b, stack, items.at, items.item) : appended(b, stack, items.item);
  }
  const [example] = items.form === "each" ? items.each.filter((t) => t !== undefined) : [];
  const element = elementOf(list, item);
  const unwritten = (count: Tensor): Tensor => {
    if (!element || !isStatic(element)) {
      if (item || example) return zerosLike(b, count, (item ?? example) as Tensor);
      refuse("an item of the list has sizes that are only known when it is computed");
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

function zerosLike(b: FoldingBuilder, count: Tensor, item: Tensor): Tensor {
  const sizes = b.op("Concat", [count, b.op("Shape", [item])], { axis: 0 });
  const shape = [b.sizesOf(count)?.[0] ?? null, ...item.shape];
  return b.op("Expand", [zero(b, item.dtype), sizes], {}, { shape });
}

const zero = (b: FoldingBuilder, dtype: DType): Tensor =>
  b.constant(`${b.scope}/zero`, dtype, [], allocate(dtype, 1));

/** The list with `item` at the place that `at`, a scalar, says. */
export function withItem(
  b: FoldingBuilder,
  list: TensorList,
  at: Tensor,
  value: Tensor,
): TensorList {
  const item = b.cast(value, list.dtype);
  const { items } = list;
  const [known] = constantValues(at) ?? [];
  if (items.form === "each" && known !== undefined) {
    if (known < 0 || known >= items.each.length)
      refuse(`writes item ${known} of a list of ${items.each.length}`);
    const each = items.each.map((t, i) => (i === known ? item : t));
    return { ...list, items: { form: "each", each } };
  }
  if (items.form === "blank")
    return { ...list, items: { form: "written", blank: items, at, item } };
  return stackedList(scattered(b, stackOf(b, list, item), at, item));
}

/** The list with `item` behind its last. */
export function withLast(b: FoldingBuilder, list: TensorList, value: Tensor): TensorList {
  const item = b.cast(value, list.dtype);
  const { items } = list;
  if (items.form === "each")
    return { ...list, items: { form: "each", each: [...items.each, item] } };
  if (items.form === "blank")
    return { ...list, items: { form: "written", blank: items, at: undefined, item } };
  return stackedList(appended(b, stackOf(b, list, item), item));
}

const appended = (b: FoldingBuilder, stack: Tensor, item: Tensor): Tensor =>
  b.op("Concat", [stack, b.unsqueeze(item, [0])], { axis: 0 });

function scattered(b: FoldingBuilder, stack: Tensor, at: Tensor, item: Tensor): Tensor {
  const place = b.reshape(int64(b, at), [1, 1]);
  return b.op("ScatterND", [stack, place, b.unsqueeze(item, [0])]);
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
