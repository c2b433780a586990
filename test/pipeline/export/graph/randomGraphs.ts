/** Random small graph models, built from a list of numbers so that a failing one shrinks. */
import type { LayersArtifacts } from "../../../../pipeline/export/convert.ts";
import { random } from "../parity.ts";
import { type Attrs, attr, GraphWriter, type Value } from "./graphs.ts";

/** One instruction: which tensor of the pool, which operator, and two numbers for its settings. */
export type Step = readonly [tensor: number, operator: number, a: number, b: number];

/** What dynamic sizes are fed as. */
const BATCH = 2;
const DYNAMIC = 6;
const MAX_ELEMENTS = 3000; // keeps a graph in the range of milliseconds

const INPUTS: readonly (readonly number[])[] = [
  [-1, 6],
  [-1, 5, 4],
  [-1, 6, 6, 3],
  [2, 4, 4, 2],
  [-1, -1, 4],
  [-1, -1, -1, 3],
];

/** A value of the graph: its node and its shape when the graph is run. */
interface T {
  readonly name: string;
  readonly shape: readonly number[];
}

const pick = <V>(list: readonly V[], n: number): V => list[n % list.length] as V;
const same = (a: readonly number[], b: readonly number[]) => String(a) === String(b);
const replaced = (list: readonly number[], at: number, value: number) =>
  list.map((d, i) => (i === at ? value : d));

class Program {
  readonly graph = new GraphWriter();
  readonly feeds: Record<string, Value> = {};
  readonly pool: T[] = [];
  private readonly read = new Set<string>();
  private readonly next: () => number;
  private count = 0;

  constructor(kinds: readonly number[], seed: number) {
    this.next = random(seed);
    for (const [i, kind] of kinds.entries()) {
      const declared = pick(INPUTS, kind);
      const shape = declared.map((d, axis) => (d >= 0 ? d : axis === 0 ? BATCH : DYNAMIC));
      const name = this.graph.input(`x${i}`, declared);
      this.feeds[name] = { shape, dtype: "float32", data: this.numbers(shape) };
      this.pool.push({ name, shape });
    }
  }

  private numbers(shape: readonly number[]): number[] {
    return Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () =>
      Math.fround(2 * this.next() - 1),
    );
  }

  weights(...shape: number[]): T {
    const name = this.graph.constant(`w${this.count++}`, {
      shape,
      dtype: "float32",
      data: this.numbers(shape),
    });
    return { name, shape };
  }

  ints(shape: readonly number[], data: readonly number[]): T {
    const name = this.graph.constant(`k${this.count++}`, { shape, dtype: "int32", data });
    return { name, shape };
  }

  int = (value: number) => this.ints([], [value]);
  list = (...values: number[]) => this.ints([values.length], values);

  node(op: string, inputs: readonly T[], shape: readonly number[], attrs: Attrs = {}): T {
    for (const { name } of inputs) this.read.add(name);
    const names = inputs.map(({ name }) => name);
    return { name: this.graph.node(op, `n${this.count++}`, names, attrs), shape };
  }

  /** What nobody reads is an output. */
  leaves(): T[] {
    return this.pool.filter(({ name }) => !this.read.has(name.split(":")[0] as string));
  }
}

type Make = (p: Program, t: T, a: number, b: number) => T | undefined;

const unary =
  (op: string, attrs: Attrs = {}): Make =>
  (p, t) =>
    p.node(op, [t], t.shape, attrs);

const BINARY = ["AddV2", "Sub", "Mul", "Maximum", "Minimum", "SquaredDifference"];

const ANY: Make[] = [
  ...["Relu", "Relu6", "Tanh", "Sigmoid", "Abs", "Neg", "Elu", "Selu", "Softplus"].map((op) =>
    unary(op),
  ),
  ...["Sin", "Cos", "Erf", "Identity", "Square"].map((op) => unary(op)),
  unary("LeakyRelu", { alpha: attr.float(0.3) }),
  // with weights per channel, with one number, with a tensor of the same shape
  (p, t, a) => p.node(pick(BINARY, a), [t, p.weights(t.shape.at(-1) as number)], t.shape),
  (p, t, a, b) => p.node(pick(BINARY, a), b % 2 ? [p.weights(), t] : [t, p.weights()], t.shape),
  (p, t, a, b) => {
    const fitting = p.pool.filter(({ shape }) => same(shape, t.shape));
    return p.node(pick(BINARY, a), [t, pick(fitting, b)], t.shape);
  },
  (p, t, a) => {
    const axis = a % t.shape.length;
    const keep = { keep_dims: attr.flag(true) };
    const mean = p.node("Mean", [t, p.list(axis)], replaced(t.shape, axis, 1), keep);
    return p.node("Sub", [t, mean], t.shape);
  },
  (p, t, a, b) => {
    const axis = a % t.shape.length;
    const op = pick(["Mean", "Sum", "Max", "Min"], b);
    if (t.shape.length < 2) return undefined;
    return p.node(op, [t, p.list(axis)], t.shape.toSpliced(axis, 1), {
      keep_dims: attr.flag(false),
    });
  },
  (p, t, a) =>
    p.node(
      "ExpandDims",
      [t, p.int(a % (t.shape.length + 1))],
      t.shape.toSpliced(a % (t.shape.length + 1), 0, 1),
    ),
  (p, t) => {
    const axis = t.shape.indexOf(1, 1);
    if (axis < 0) return undefined;
    return p.node("Squeeze", [t], t.shape.toSpliced(axis, 1), { squeeze_dims: attr.ints(axis) });
  },
  (p, t, a) => {
    const axis = a % t.shape.length;
    const [size, from] = [t.shape[axis] as number, a % 2];
    if (size < 3) return undefined;
    const [begin, count] = [t.shape.map(() => 0), t.shape.map(() => -1)];
    begin[axis] = from;
    count[axis] = size - 2;
    return p.node(
      "Slice",
      [t, p.list(...begin), p.list(...count)],
      replaced(t.shape, axis, size - 2),
    );
  },
  (p, t, a, b) => {
    const axis = a % t.shape.length;
    const step = pick([1, 2, -1], b);
    const size = t.shape[axis] as number;
    const all = t.shape.map(() => 0);
    const mask = attr.int(2 ** t.shape.length - 1);
    return p.node(
      "StridedSlice",
      [
        t,
        p.list(...all),
        p.list(...all),
        p.list(
          ...replaced(
            all.map(() => 1),
            axis,
            step,
          ),
        ),
      ],
      replaced(t.shape, axis, Math.ceil(size / Math.abs(step))),
      { begin_mask: mask, end_mask: mask },
    );
  },
  (p, t, a) => {
    const axis = a % t.shape.length;
    return p.node("ReverseV2", [t, p.list(axis)], t.shape);
  },
  (p, t, a) => {
    const axis = a % t.shape.length;
    return p.node("Cumsum", [t, p.int(axis)], t.shape, { reverse: attr.flag(a > 3) });
  },
  (p, t, a) => {
    const axis = a % t.shape.length;
    const shape = replaced(t.shape, axis, 2 * (t.shape[axis] as number));
    return p.node("Tile", [t, p.list(...t.shape.map((_, i) => (i === axis ? 2 : 1)))], shape);
  },
  (p, t, a, b) => {
    const axis = a % t.shape.length;
    const fitting = p.pool.filter(
      ({ shape }) =>
        shape.length === t.shape.length &&
        same(replaced(shape, axis, 0), replaced(t.shape, axis, 0)),
    );
    const other = pick(fitting, b);
    const size = (t.shape[axis] as number) + (other.shape[axis] as number);
    const attrs = { N: attr.int(2) };
    return p.node("ConcatV2", [t, other, p.int(axis)], replaced(t.shape, axis, size), attrs);
  },
  (p, t, a) => {
    const axis = a % t.shape.length;
    const size = t.shape[axis] as number;
    if (axis === 0 || size % 2 > 0) return undefined;
    const shape = replaced(t.shape, axis, size / 2);
    const first = p.node("Split", [p.int(axis), t], shape, { num_split: attr.int(2) });
    const second = { name: `${first.name}:1`, shape };
    return p.node("Maximum", [first, second], shape);
  },
  (p, t, a) => {
    const axis = a % t.shape.length;
    const size = t.shape[axis] as number;
    const ids = p.list(0, size > 1 ? 1 : 0, 0);
    return p.node("GatherV2", [t, ids, p.int(axis)], replaced(t.shape, axis, 3));
  },
  (p, t, a) => {
    const perm = t.shape.map((_, i) => (i + a) % t.shape.length);
    return p.node(
      "Transpose",
      [t, p.list(...perm)],
      perm.map((i) => t.shape[i] as number),
    );
  },
  (p, t, a) =>
    p.node("Pack", [t, t], t.shape.toSpliced(a % (t.shape.length + 1), 0, 2), {
      axis: attr.int(a % (t.shape.length + 1)),
      N: attr.int(2),
    }),
  (p, t) => {
    // Shape, StridedSlice, Pack, Reshape: how Keras flattens
    const rest = t.shape.slice(1).reduce((x, y) => x * y, 1);
    const shape = p.node("Shape", [t], [t.shape.length]);
    const bounds = [p.list(0), p.list(1), p.list(1)];
    const size = p.node("StridedSlice", [shape, ...bounds], [], { shrink_axis_mask: attr.int(1) });
    const sizes = p.node("Pack", [size, p.int(rest)], [2], { axis: attr.int(0), N: attr.int(2) });
    return p.node("Reshape", [t, sizes], [t.shape[0] as number, rest]);
  },
  (p, t, a, b) => {
    const last = t.shape.at(-1) as number;
    const units = (b % 4) + 1;
    if (t.shape.length !== 2) return undefined;
    const turn = a % 2 === 1;
    const w = turn ? p.weights(units, last) : p.weights(last, units);
    const attrs = { transpose_b: attr.flag(turn) };
    if (a % 3 === 0) return p.node("MatMul", [t, w], [t.shape[0] as number, units], attrs);
    return p.node("_FusedMatMul", [t, w, p.weights(units)], [t.shape[0] as number, units], {
      ...attrs,
      fused_ops: attr.texts("BiasAdd", pick(["Relu", "Relu6", "Elu", "Sigmoid"], b)),
      num_args: attr.int(1),
    });
  },
  unary("Softmax"),
];

const SEQUENCE: Make[] = [
  (p, t, a) => {
    const [n, rows, columns] = t.shape as [number, number, number];
    const attrs = a % 2 ? { adj_y: attr.flag(true) } : { adj_x: attr.flag(true) };
    const size = a % 2 ? rows : columns;
    return p.node("BatchMatMulV2", [t, t], [n, size, size], attrs);
  },
  (p, t) => {
    const [n, rows, columns] = t.shape as [number, number, number];
    return p.node("Reshape", [t, p.list(-1, columns)], [n * rows, columns]);
  },
  (p, t, a) => {
    const [n, , columns] = t.shape as [number, number, number];
    const size = t.shape[1] as number;
    const pads = p.ints([3, 2], [0, 0, 1, a % 3, 0, 0]);
    return p.node("Pad", [t, pads], [n, size + 1 + (a % 3), columns]);
  },
  (p, t) => {
    const [n, rows, columns] = t.shape as [number, number, number];
    const units = 3;
    return p.node("Einsum", [t, p.weights(columns, units)], [n, rows, units], {
      equation: attr.text("abc,cd->abd"),
      N: attr.int(2),
    });
  },
];

/** The size of an image axis behind a window, or 0 where it does not fit. */
const windowed = (size: number, kernel: number, stride: number, same: boolean) =>
  Math.max(0, same ? Math.ceil(size / stride) : Math.ceil((size - kernel + 1) / stride));

interface Window {
  kernel: [number, number];
  stride: number;
  same: boolean;
}

const windowOf = (a: number, b: number): Window => ({
  kernel: [(a % 3) + 1, (b % 2) + 1],
  stride: (b % 3) + 1 > 2 ? 2 : 1,
  same: a % 2 === 0,
});

const windowAttrs = ({ stride, same }: Window): Attrs => ({
  strides: attr.ints(1, stride, stride, 1),
  dilations: attr.ints(1, 1, 1, 1),
  padding: attr.text(same ? "SAME" : "VALID"),
  data_format: attr.text("NHWC"),
});

/** [N, height, width, channels] behind the window; undefined where it does not fit. */
function imageBehind(t: T, { kernel, stride, same }: Window, channels: number) {
  const [n, h, w] = t.shape as [number, number, number];
  const [rows, columns] = [
    windowed(h, kernel[0], stride, same),
    windowed(w, kernel[1], stride, same),
  ];
  return rows > 0 && columns > 0 ? [n, rows, columns, channels] : undefined;
}

const conv =
  (
    op: string,
    make: (p: Program, t: T, w: Window, a: number) => { kernel: T; out: number },
  ): Make =>
  (p, t, a, b) => {
    const window = windowOf(a, b);
    const { kernel, out } = make(p, t, window, a);
    const shape = imageBehind(t, window, out);
    if (!shape) return undefined;
    if (!op.includes("Fused")) return p.node(op, [t, kernel], shape, windowAttrs(window));
    return p.node(op, [t, kernel, p.weights(out)], shape, {
      ...windowAttrs(window),
      fused_ops: attr.texts("BiasAdd", pick(["Relu", "Relu6", "Elu", "Sigmoid"], b)),
      num_args: attr.int(1),
    });
  };

const full = (p: Program, t: T, { kernel }: Window, a: number) => {
  const out = (a % 4) + 1;
  return { kernel: p.weights(...kernel, t.shape[3] as number, out), out };
};
const byChannel = (p: Program, t: T, { kernel }: Window, a: number) => {
  const [channels, multiplier] = [t.shape[3] as number, (a % 2) + 1];
  return { kernel: p.weights(...kernel, channels, multiplier), out: channels * multiplier };
};

const IMAGE: Make[] = [
  conv("Conv2D", full),
  conv("_FusedConv2D", full),
  conv("DepthwiseConv2dNative", byChannel),
  conv("FusedDepthwiseConv2dNative", byChannel),
  ...["MaxPool", "AvgPool"].map(
    (op): Make =>
      (p, t, a, b) => {
        const window = windowOf(a, b);
        const shape = imageBehind(t, window, t.shape[3] as number);
        const ksize = attr.ints(1, ...window.kernel, 1);
        return shape && p.node(op, [t], shape, { ...windowAttrs(window), ksize });
      },
  ),
  (p, t) => {
    const channels = t.shape[3] as number;
    const variance = p.node("Square", [p.weights(channels)], [channels]);
    const parts = [p.weights(channels), p.weights(channels), p.weights(channels), variance];
    return p.node("FusedBatchNormV3", [t, ...parts], t.shape, {
      epsilon: attr.float(0.1),
      is_training: attr.flag(false),
    });
  },
  (p, t, a, b) => {
    const [n, h, w, channels] = t.shape as [number, number, number, number];
    const size: [number, number] = b % 2 ? [2 * h, 2 * w] : [h + 1, w];
    return p.node(
      a % 2 ? "ResizeBilinear" : "ResizeNearestNeighbor",
      [t, p.list(...size)],
      [n, ...size, channels],
      {
        align_corners: attr.flag(false),
        half_pixel_centers: attr.flag(a > 3),
      },
    );
  },
  (p, t) => {
    const [n, h, w, channels] = t.shape as [number, number, number, number];
    if (channels % 4 > 0) return undefined;
    return p.node("DepthToSpace", [t], [n, 2 * h, 2 * w, channels / 4], {
      block_size: attr.int(2),
      data_format: attr.text("NHWC"),
    });
  },
  (p, t, a) => {
    const [n, h, w, channels] = t.shape as [number, number, number, number];
    if (h < 2 || w < 2) return undefined;
    const pads = p.ints([4, 2], [0, 0, a % 2, 1, 1, 0, 0, 0]);
    const mode = { mode: attr.text(a % 3 ? "REFLECT" : "SYMMETRIC") };
    const op = a % 2 ? "MirrorPad" : "Pad";
    return p.node(op, [t, pads], [n, h + 1 + (a % 2), w + 1, channels], mode);
  },
  (p, t) => p.node("Mean", [t, p.list(1, 2)], [t.shape[0] as number, t.shape[3] as number]),
  (p, t, a) => {
    const alpha = p.weights(1, 1, t.shape[3] as number);
    return a % 2
      ? p.node("Prelu", [t, alpha], t.shape)
      : p.node("BiasAdd", [t, p.weights(t.shape[3] as number)], t.shape);
  },
];

const BY_RANK: Readonly<Record<number, readonly Make[]>> = {
  3: [...ANY, ...SEQUENCE, ...SEQUENCE, ...SEQUENCE],
  4: [...ANY, ...IMAGE, ...IMAGE],
};

export interface RandomGraph {
  artifacts: LayersArtifacts;
  feeds: Readonly<Record<string, Value>>;
  /** What TensorFlow.js calls the outputs. */
  edges: string[];
}

/** @param kinds Of the inputs. */
export function randomGraph(kinds: readonly number[], steps: readonly Step[]): RandomGraph {
  const p = new Program(kinds, steps.length);
  for (const [tensor, operator, a, b] of steps) {
    const t = pick(p.pool, tensor);
    const made = pick(BY_RANK[t.shape.length] ?? ANY, operator)(p, t, a, b);
    const size = made?.shape.reduce((x, y) => x * y, 1) ?? 0;
    if (made && size > 0 && size <= MAX_ELEMENTS && made.shape.length <= 5) p.pool.push(made);
  }
  const leaves = p.leaves();
  for (const [i, { name }] of leaves.entries()) p.graph.output(`y${i}`, name);
  return { artifacts: p.graph.artifacts(), feeds: p.feeds, edges: leaves.map(({ name }) => name) };
}
