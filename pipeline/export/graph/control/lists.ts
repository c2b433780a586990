/** Operators on lists of tensors: TensorList, and TensorArray, whose flow carries the list from operator to operator. */
import { refuse } from "../../errors.ts";
import { type Dim, isStatic, type Shape, type Tensor } from "../../ir.ts";
import { constantValues, int32, int64, type OpCall, type OpFunction } from "../call.ts";
import { isList, type TensorList } from "../value.ts";
import {
  blankList,
  countOf,
  itemAt,
  lengthened,
  stackedList,
  stackOf,
  withItem,
  withLast,
} from "./listValues.ts";

function listOf(call: OpCall, i: number): TensorList {
  const value = call.values[i] ?? refuse(`input ${i} is missing`);
  return isList(value) ? value : refuse(`input ${i} is not a list of tensors`);
}

/** The sizes of an item that an input holds; -1 alone or a scalar stands for an unknown rank. */
function elementShape(call: OpCall, i: number): Shape | undefined {
  const values = call.values[i] && constantValues(call.input(i));
  if (!values || call.input(i).shape.length === 0) return undefined;
  return values.map((d): Dim => (d < 0 ? null : d));
}

/** What the list was said to hold, where its own sizes are open: a stack of it, more precisely. */
function refined(stack: Tensor, element: Shape | undefined): Tensor {
  if (!element || element.length !== stack.shape.length - 1) return stack;
  const [count = null, ...own] = stack.shape;
  const shape = own.map((d, i) => (typeof d === "number" ? d : (element[i] ?? d)));
  return "data" in stack ? stack : { ...stack, shape: [count, ...shape] };
}

/** Slices of a tensor, one per size of `lengths`, as items. */
function splitItems(call: OpCall, x: Tensor, lengths: readonly number[]): TensorList {
  const { b } = call;
  const parts = lengths.length === 1 ? [x] : b.ops("Split", [x, b.ints(lengths)], { axis: 0 });
  return {
    kind: "list",
    dtype: x.dtype,
    element: undefined,
    items: { form: "each", each: parts },
  };
}

/** Items joined along their own first axis. */
function concatenated(call: OpCall, list: TensorList): [Tensor, Tensor] {
  const { b } = call;
  const { items } = list;
  if (items.form === "each" && items.each.every((t) => t !== undefined)) {
    const joined =
      items.each.length === 1 ? items.each[0]! : b.op("Concat", items.each, { axis: 0 });
    const lengths = items.each.map((t) => b.size(t, 0));
    return [
      joined,
      int32(b, lengths.length === 1 ? lengths[0]! : b.op("Concat", lengths, { axis: 0 })),
    ];
  }
  const stack = stackOf(b, list);
  const [count = null, length = null, ...rest] = stack.shape;
  if (!isStatic(rest)) refuse("joins items whose sizes are only known when they are computed");
  const total = typeof count === "number" && typeof length === "number" ? count * length : null;
  const joined = b.reshape(stack, [-1, ...rest], [total, ...rest]);
  const lengths = b.op("Expand", [b.size(stack, 1), countOf(b, list)], {}, { shape: [count] });
  return [joined, int32(b, lengths)];
}

/** The rows of `stack` written into the list, at the places that `indices` says. */
function scatteredList(call: OpCall, stack: Tensor, indices: Tensor, list: TensorList): TensorList {
  const { b } = call;
  const inOrder = constantValues(indices)?.every((place, i) => place === i);
  if (inOrder || isRangeOf(call, indices, stack)) return stackedList(stack);
  const into = stackOf(b, { ...list, element: stack.shape.slice(1) });
  return stackedList(b.op("ScatterND", [into, b.unsqueeze(int64(b, indices), [1]), stack]));
}

/** Whether `indices` is Range(0, rows of `stack`, 1). */
function isRangeOf({ b }: OpCall, indices: Tensor, stack: Tensor): boolean {
  const node = b.graph.nodes.find((n) => n.outputs.includes(indices.name));
  if (node?.op !== "Range") return false;
  const value = (i: number) => {
    const constant = b.graph.constants.get(node.inputs[i]!);
    return constant && Number(constant.data[0]);
  };
  if (value(0) !== 0 || value(2) !== 1) return false;
  const limit = b.graph.values.get(node.inputs[1]!);
  const size = limit && b.sizesOf(limit)?.[0];
  return size !== undefined && size !== null && size === stack.shape[0];
}

/** Rows by number; all of them in order are the stack itself. */
function gatheredItems(call: OpCall, list: TensorList, indices: Tensor): Tensor {
  const { b } = call;
  const stack = stackOf(b, list);
  const places = constantValues(indices);
  const all = places?.every((d, i) => d === i) && places.length === stack.shape[0];
  if (all || isRangeOf(call, indices, stack)) return stack;
  return b.op("Gather", [stack, int64(b, indices)], { axis: 0 });
}

/** Inputs are the sizes of an item and how many there are. */
const TensorListReserve: OpFunction = (call) =>
  blankList(call.b, call.input(1), {
    dtype: call.attrs.dtype("element_dtype", "float32"),
    element: elementShape(call, 0),
  });

const EmptyTensorList: OpFunction = (call) => ({
  kind: "list",
  dtype: call.attrs.dtype("element_dtype", "float32"),
  element: elementShape(call, 0),
  items: { form: "each", each: [] },
});

const TensorListFromTensor: OpFunction = ({ input }) => stackedList(input(0));

const TensorListGetItem: OpFunction = (call) => itemAt(call.b, listOf(call, 0), call.input(1));

const TensorListSetItem: OpFunction = (call) =>
  withItem(call.b, listOf(call, 0), {
    at: call.input(1),
    item: call.input(2),
    grows: call.attrs.flag("resize_if_index_out_of_bounds", false),
  });

const TensorListStack: OpFunction = (call) =>
  refined(stackOf(call.b, listOf(call, 0)), elementShape(call, 1));

const TensorListGather: OpFunction = (call) =>
  refined(gatheredItems(call, listOf(call, 0), call.input(1)), elementShape(call, 2));

/** Without a number of items, there are as many as the highest place says. */
const TensorListScatter: OpFunction = (call) => {
  const { b } = call;
  const [stack, indices] = [call.input(0), call.input(1)];
  const [given = -1] = call.values[3] ? call.ints(3, "number of items") : [];
  const count = given >= 0 ? given : 1 + Math.max(...call.ints(1, "places of the items"));
  const type = { dtype: stack.dtype, element: undefined };
  return scatteredList(call, stack, indices, blankList(b, b.ints([count], []), type));
};

const TensorListConcat: OpFunction = (call) => concatenated(call, listOf(call, 0));

const TensorListSplit: OpFunction = (call) =>
  splitItems(call, call.input(0), call.ints(2, "lengths"));

const TensorListLength: OpFunction = (call) => {
  const { b } = call;
  return int32(b, b.reshape(countOf(b, listOf(call, 0)), []));
};

const TensorListPushBack: OpFunction = (call) => withLast(call.b, listOf(call, 0), call.input(1));

/** The list cut off, or with unwritten items behind its last. */
const TensorListResize: OpFunction = (call) => {
  const { b } = call;
  const list = listOf(call, 0);
  const { items } = list;
  const [known] = constantValues(call.input(1)) ?? [];
  if (items.form === "each" && known !== undefined)
    return {
      ...list,
      items: { form: "each", each: Array.from({ length: known }, (_, i) => items.each[i]) },
    };
  if (items.form === "blank") return blankList(b, call.input(1), list);
  const stack = stackOf(b, list);
  const size = b.reshape(int64(b, call.input(1)), [1]);
  const padded = lengthened(b, stack, size);
  const { shape } = padded;
  return stackedList(b.op("Slice", [padded, b.ints([0]), size, b.ints([0])], {}, { shape }));
};

/** The list without its last item, and that item. */
const TensorListPopBack: OpFunction = (call) => {
  const { b } = call;
  const list = listOf(call, 0);
  const { items } = list;
  const last = items.form === "each" ? items.each.at(-1) : undefined;
  if (items.form === "each" && last)
    return [{ ...list, items: { form: "each", each: items.each.slice(0, -1) } }, last];
  const stack = stackOf(b, list);
  return [
    stackedList(b.slice(stack, 0, 0, -1)),
    b.op("Gather", [stack, b.constant(`${b.scope}/last`, "int64", [], BigInt64Array.of(-1n))], {
      axis: 0,
    }),
  ];
};

/** The first output stands for the array, the second is its content: every operator takes both. */
const TensorArrayV3: OpFunction = (call) => {
  const element = call.attrs.shape("element_shape")?.map((d): Dim => (d < 0 ? null : d));
  const list = blankList(call.b, call.input(0), {
    dtype: call.attrs.dtype("dtype", "float32"),
    element,
  });
  return [list, list];
};

const TensorArrayWriteV3: OpFunction = (call) =>
  withItem(call.b, listOf(call, 3), { at: call.input(1), item: call.input(2), grows: false });

const TensorArrayReadV3: OpFunction = (call) => itemAt(call.b, listOf(call, 2), call.input(1));

const TensorArrayGatherV3: OpFunction = (call) => {
  const element = call.attrs.shape("element_shape")?.map((d): Dim => (d < 0 ? null : d));
  return refined(gatheredItems(call, listOf(call, 2), call.input(1)), element);
};

const TensorArrayScatterV3: OpFunction = (call) =>
  scatteredList(call, call.input(2), call.input(1), listOf(call, 3));

const TensorArraySizeV3: OpFunction = (call) => {
  const { b } = call;
  return int32(b, b.reshape(countOf(b, listOf(call, 1)), []));
};

const TensorArrayConcatV3: OpFunction = (call) => concatenated(call, listOf(call, 1));

const TensorArraySplitV3: OpFunction = (call) =>
  splitItems(call, call.input(1), call.ints(2, "lengths"));

export const LISTS: Readonly<Record<string, OpFunction>> = {
  EmptyTensorList,
  TensorArrayConcatV3,
  TensorArrayGatherV3,
  TensorArrayReadV3,
  TensorArrayScatterV3,
  TensorArraySizeV3,
  TensorArraySplitV3,
  TensorArrayV3,
  TensorArrayWriteV3,
  TensorListConcat,
  TensorListConcatV2: TensorListConcat,
  TensorListFromTensor,
  TensorListGather,
  TensorListGetItem,
  TensorListLength,
  TensorListPopBack,
  TensorListPushBack,
  TensorListReserve,
  TensorListResize,
  TensorListScatter,
  TensorListScatterV2: TensorListScatter,
  TensorListSetItem,
  TensorListSplit,
  TensorListStack,
};
