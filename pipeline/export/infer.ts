/** Shape inference: what dtype and shape the outputs of each ONNX operator we emit have. */
import { type Dim, type DType, isConstant, type Tensor } from "./ir.ts";
import {
  type Attrs,
  axisOf,
  broadcast,
  constantInts,
  input,
  int,
  ints,
  recurrent,
  reshaped,
  sliced,
  slide,
  type Typed,
} from "./shapes.ts";

type Rule = (inputs: readonly (Tensor | undefined)[], attrs: Attrs) => Typed[];

/** The dtype behind an element type number, as a Cast's `to` has it. */
const DTYPE_OF: Record<number, DType> = {
  1: "float32",
  2: "uint8",
  3: "int8",
  6: "int32",
  7: "int64",
  9: "bool",
  10: "float16",
};

const same: Rule = (inputs) => [{ dtype: input(inputs, 0).dtype, shape: input(inputs, 0).shape }];
const elementwise: Rule = (inputs) => [
  { dtype: input(inputs, 0).dtype, shape: broadcast(inputs.map((t) => (t as Tensor).shape)) },
];
const compare: Rule = (inputs) => [{ ...(elementwise(inputs, {})[0] as Typed), dtype: "bool" }];

const reduce: Rule = (inputs, attrs) => {
  const x = input(inputs, 0);
  const axes = (ints(attrs, "axes") ?? constantInts(inputs[1]) ?? []).map((a) =>
    axisOf(a, x.shape.length),
  );
  const keep = int(attrs, "keepdims", 1) === 1;
  const shape = x.shape.flatMap((d, i): Dim[] => (!axes.includes(i) ? [d] : keep ? [1] : []));
  return [{ dtype: x.dtype, shape }];
};

/** Operator -> the types of its outputs. */
const RULES: Record<string, Rule> = {
  Add: elementwise,
  Sub: elementwise,
  Mul: elementwise,
  Div: elementwise,
  Max: elementwise,
  Min: elementwise,
  Sum: elementwise,
  PRelu: elementwise,
  And: elementwise,
  Or: elementwise,
  Equal: compare,
  Greater: compare,
  Less: compare,
  GreaterOrEqual: compare,
  ReduceMean: reduce,
  ReduceMax: reduce,
  ReduceMin: reduce,
  ReduceSum: reduce,
  ReduceLogSumExp: reduce,
  ReduceSumSquare: reduce,
  Cast: (inputs, attrs) => [
    { dtype: DTYPE_OF[int(attrs, "to", 1)] as DType, shape: input(inputs, 0).shape },
  ],
  Where: (inputs) => [
    { dtype: input(inputs, 1).dtype, shape: broadcast(inputs.map((t) => (t as Tensor).shape)) },
  ],
  Transpose: (inputs, attrs) => {
    const x = input(inputs, 0);
    return [
      { dtype: x.dtype, shape: (ints(attrs, "perm") as number[]).map((p) => x.shape[p] ?? null) },
    ];
  },
  Reshape: (inputs) => {
    const x = input(inputs, 0);
    const sizes = constantInts(inputs[1]);
    // sizes that are computed: the builder knows the result's shape and overrides this one
    if (!sizes)
      return [{ dtype: x.dtype, shape: Array(Number(inputs[1]?.shape[0] ?? 0)).fill(null) }];
    return [{ dtype: x.dtype, shape: reshaped(x.shape, sizes) }];
  },
  Expand: (inputs) => [
    {
      dtype: input(inputs, 0).dtype,
      shape: broadcast([input(inputs, 0).shape, constantInts(inputs[1]) ?? []]),
    },
  ],
  Tile: (inputs) => {
    const repeats = constantInts(inputs[1]) ?? [];
    const x = input(inputs, 0);
    return [
      {
        dtype: x.dtype,
        shape: x.shape.map((d, i) =>
          repeats[i] === 1 ? d : typeof d === "number" ? d * (repeats[i] ?? 1) : null,
        ),
      },
    ];
  },
  Unsqueeze: (inputs) => {
    const x = input(inputs, 0);
    const given = constantInts(inputs[1]) ?? [];
    const rank = x.shape.length + given.length;
    const axes = given.map((a) => axisOf(a, rank));
    const rest = [...x.shape];
    return [
      {
        dtype: x.dtype,
        shape: Array.from({ length: rank }, (_, i) =>
          axes.includes(i) ? 1 : (rest.shift() ?? null),
        ),
      },
    ];
  },
  Squeeze: (inputs) => {
    const x = input(inputs, 0);
    const axes = (constantInts(inputs[1]) ?? []).map((a) => axisOf(a, x.shape.length));
    return [{ dtype: x.dtype, shape: x.shape.filter((_, i) => !axes.includes(i)) }];
  },
  Concat: (inputs, attrs) => {
    const first = input(inputs, 0);
    const axis = axisOf(int(attrs, "axis", 0), first.shape.length);
    const sizes = inputs.map((t) => (t as Tensor).shape[axis] ?? null);
    const total = sizes.every((d) => typeof d === "number")
      ? (sizes as number[]).reduce((a, b) => a + b, 0)
      : null;
    const shape = first.shape.map((d, i) =>
      i === axis
        ? total
        : (inputs.map((t) => (t as Tensor).shape[i] ?? null).find((e) => typeof e === "number") ??
          d),
    );
    return [{ dtype: first.dtype, shape }];
  },
  Split: (inputs, attrs) => {
    const x = input(inputs, 0);
    const axis = axisOf(int(attrs, "axis", 0), x.shape.length);
    return (constantInts(inputs[1]) ?? []).map((n) => ({
      dtype: x.dtype,
      shape: x.shape.map((d, i) => (i === axis ? n : d)),
    }));
  },
  Slice: (inputs) => {
    const x = input(inputs, 0);
    const [starts, ends, axes, steps] = [1, 2, 3, 4].map((i) => constantInts(inputs[i]));
    const shape = [...x.shape];
    for (const [k, a] of (axes ?? starts ?? []).entries()) {
      const axis = axes ? axisOf(a, x.shape.length) : k;
      shape[axis] = sliced(shape[axis] ?? null, starts?.[k], ends?.[k], steps?.[k] ?? 1);
    }
    return [{ dtype: x.dtype, shape }];
  },
  Pad: (inputs) => {
    const x = input(inputs, 0);
    const pads = constantInts(inputs[1]) ?? [];
    const shape = x.shape.map((d, i) => {
      const extra = (pads[i] ?? 0) + (pads[i + x.shape.length] ?? 0);
      return extra === 0 ? d : typeof d === "number" ? d + extra : null;
    });
    return [{ dtype: x.dtype, shape }];
  },
  Gather: (inputs, attrs) => {
    const x = input(inputs, 0);
    const axis = axisOf(int(attrs, "axis", 0), x.shape.length);
    return [
      {
        dtype: x.dtype,
        shape: [...x.shape.slice(0, axis), ...input(inputs, 1).shape, ...x.shape.slice(axis + 1)],
      },
    ];
  },
  GatherElements: (inputs) => [{ dtype: input(inputs, 0).dtype, shape: input(inputs, 1).shape }],
  MatMul: (inputs) => {
    const [a, b] = [input(inputs, 0).shape, input(inputs, 1).shape];
    const batch = broadcast([a.slice(0, -2), b.slice(0, -2)]);
    return [
      { dtype: input(inputs, 0).dtype, shape: [...batch, a.at(-2) ?? null, b.at(-1) ?? null] },
    ];
  },
  Gemm: (inputs) => [
    {
      dtype: input(inputs, 0).dtype,
      shape: [input(inputs, 0).shape[0] ?? null, input(inputs, 1).shape[1] ?? null],
    },
  ],
  Conv: (inputs, attrs) => {
    const w = input(inputs, 1).shape as number[];
    return slide(input(inputs, 0), w[0] ?? null, w.slice(2), attrs);
  },
  ConvTranspose: (inputs, attrs) => {
    const [x, w] = [input(inputs, 0), input(inputs, 1).shape as number[]];
    const n = w.length - 2;
    const strides = ints(attrs, "strides") ?? Array(n).fill(1);
    const pads = ints(attrs, "pads") ?? Array(2 * n).fill(0);
    const extra = ints(attrs, "output_padding") ?? Array(n).fill(0);
    const space = strides.map((s, i) => {
      const d = x.shape[i + 2];
      return typeof d === "number"
        ? s * (d - 1) + extra[i] + (w[i + 2] ?? 1) - pads[i] - pads[i + n]
        : null;
    });
    return [{ dtype: x.dtype, shape: [x.shape[0] ?? null, w[1] ?? null, ...space] }];
  },
  MaxPool: (inputs, attrs) =>
    slide(
      input(inputs, 0),
      input(inputs, 0).shape[1] ?? null,
      ints(attrs, "kernel_shape") ?? [],
      attrs,
    ),
  AveragePool: (inputs, attrs) =>
    slide(
      input(inputs, 0),
      input(inputs, 0).shape[1] ?? null,
      ints(attrs, "kernel_shape") ?? [],
      attrs,
    ),
  Resize: (inputs) => {
    const x = input(inputs, 0);
    const scales = inputs[2] && isConstant(inputs[2]) ? inputs[2].data : undefined;
    const sizes = constantInts(inputs[3]);
    const shape = x.shape.map((d, i): Dim => {
      if (sizes) return sizes[i] ?? null;
      const scale = Number(scales?.[i] ?? 1);
      return scale === 1 ? d : typeof d === "number" ? Math.floor(d * scale) : null;
    });
    return [{ dtype: x.dtype, shape }];
  },
  Shape: (inputs, attrs) => {
    const rank = input(inputs, 0).shape.length;
    return [{ dtype: "int64", shape: [int(attrs, "end", rank) - int(attrs, "start", 0)] }];
  },
  TopK: (inputs, attrs) => {
    const x = input(inputs, 0);
    const k = constantInts(inputs[1])?.[0];
    const axis = axisOf(int(attrs, "axis", -1), x.shape.length);
    const shape = x.shape.map((d, i) => (i === axis && k !== undefined ? k : d));
    return [
      { dtype: x.dtype, shape },
      { dtype: "int64", shape },
    ];
  },
  LSTM: (inputs, attrs) => recurrent(inputs, attrs, true),
  GRU: (inputs, attrs) => recurrent(inputs, attrs, false),
  RNN: (inputs, attrs) => recurrent(inputs, attrs, false),
  DequantizeLinear: (inputs) => [{ dtype: "float32", shape: input(inputs, 0).shape }],
};

/** Ops that keep dtype and shape need no rule of their own. */
const SAME = new Set([
  "Relu",
  "Clip",
  "Elu",
  "Selu",
  "Sigmoid",
  "Tanh",
  "Softplus",
  "Softsign",
  "HardSigmoid",
  "Softmax",
  "LogSoftmax",
  "Erf",
  "Exp",
  "Sqrt",
  "Neg",
  "Abs",
  "LeakyRelu",
  "ThresholdedRelu",
  "LayerNormalization",
  "Identity",
  "Not",
  "CumSum",
  "Floor",
]);

/** Output dtypes and shapes of one node. Throws (internal) for an operator without a rule. */
export function infer(op: string, inputs: readonly (Tensor | undefined)[], attrs: Attrs): Typed[] {
  const rule = SAME.has(op) ? same : RULES[op];
  if (!rule) throw new Error(`internal: no shape rule for ${op}`);
  return rule(inputs, attrs);
}
