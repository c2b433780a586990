/** Convolutions and pools, and the operators that converters have fused them with. */
import { refuse } from "../../errors.ts";
import type { Attr, Dim, Tensor } from "../../ir.ts";
import { volumeFromFirstWindow, windowAttrs } from "../../layers/window.ts";
import { float32, knownSize, type OpCall, type OpFunction } from "../call.ts";
import { finish, normalised } from "./fused.ts";

/** x with channels in front of the space, and what turns a result back. */
interface Layout {
  x: Tensor;
  back(y: Tensor): Tensor;
}

/** The window's numbers of the space of an attribute such as `strides`, which has all axes; Conv1D has a `stride`. */
function spatial(call: OpCall, name: string, n: number, channelsFirst: boolean): number[] {
  const all = call.attrs.ints(name);
  if (n === 1 && all.length === 0) return [call.attrs.int(name.slice(0, -1), 1)];
  if (all.length === 0) return Array<number>(n).fill(1);
  return channelsFirst ? all.slice(2, n + 2) : all.slice(1, n + 1);
}

const isChannelsFirst = ({ attrs }: OpCall) => attrs.text("data_format", "NHWC").startsWith("NC");

/** [N, ...space, C] to [N, C, ...space]. */
function channelsFirst(call: OpCall, input: Tensor): Layout {
  const x = float32(call.b, input);
  const n = x.shape.length - 2;
  if (isChannelsFirst(call)) return { x, back: (y) => y };
  const space = Array.from({ length: n }, (_, i) => i);
  return {
    x: call.b.transpose(x, [0, n + 1, ...space.map((i) => i + 1)]),
    back: (y) => call.b.transpose(y, [0, ...space.map((i) => i + 2), 1]),
  };
}

/**
 * What a window slides over, `whole` [N, C, ...space] or what tfjs reads of it, and the attributes of the window, with
 * explicit paddings where the node has them.
 */
function slidingWindow(
  call: OpCall,
  whole: Tensor,
  kernel: readonly number[],
  pool = false,
): { x: Tensor; attrs: Record<string, Attr> } {
  const n = kernel.length;
  const first = isChannelsFirst(call);
  const strides = spatial(call, "strides", n, first);
  const dilations = spatial(call, "dilations", n, first);
  const padding = call.attrs.text("padding", "VALID");
  const window = { kernel, strides, dilations, same: padding === "SAME", pool };
  const x = volumeFromFirstWindow(call.b, whole, window);
  const attrs = windowAttrs(x, window);
  if (padding !== "EXPLICIT") return { x, attrs };
  return { x, attrs: { ...attrs, pads: explicitPads(call, n) } };
}

/** The paddings that the node gives, as ONNX has them: those of all axes' begins, then of their ends. */
function explicitPads(call: OpCall, n: number): number[] {
  const all = call.attrs.ints("explicit_paddings");
  const pairs = isChannelsFirst(call) ? all.slice(4) : all.slice(2, 2 + 2 * n);
  return [0, 1].flatMap((side) => pairs.filter((_, i) => i % 2 === side));
}

/** A kernel [...space, in, out] as ONNX has it, [out, in, ...space]. */
function outInFirst(call: OpCall, kernel: Tensor): Tensor {
  const n = kernel.shape.length - 2;
  const w = float32(call.b, kernel);
  return call.b.transpose(w, [n + 1, n, ...Array.from({ length: n }, (_, i) => i)]);
}

function spaceOf(kernel: Tensor, n: number): number[] {
  return kernel.shape.slice(0, n).map((d) => knownSize(d, "size of the kernel"));
}

/** Channels that arrive must be those of the kernel, in groups of equal size. */
function groupsOf(x: Tensor, inChannels: number): number {
  const channels = x.shape[1];
  if (typeof channels !== "number") return 1;
  if (channels % inChannels !== 0)
    refuse(`its kernel has ${inChannels} input channels, but its input has ${channels}`);
  return channels / inChannels;
}

const conv =
  (n: number): OpFunction =>
  (call) => {
    const kernel = call.input(1);
    const { x: whole, back } = channelsFirst(call, call.input(0));
    const groups = groupsOf(whole, knownSize(kernel.shape[n], "number of channels"));
    const { x, attrs } = slidingWindow(call, whole, spaceOf(kernel, n));
    const y = call.b.op("Conv", [x, outInFirst(call, kernel)], {
      ...attrs,
      ...(groups > 1 ? { group: groups } : {}),
    });
    return finish(call, back(y), 2, isChannelsFirst(call));
  };

/** Kernel [h, w, C, m]: C groups of one channel, m outputs each. */
const DepthwiseConv2d: OpFunction = (call) => {
  const { b } = call;
  const kernel = float32(b, call.input(1));
  const { x, back } = channelsFirst(call, call.input(0));
  const [h, w, channels, multiplier] = kernel.shape.map((d) => knownSize(d, "size of the kernel"));
  if (typeof x.shape[1] === "number" && x.shape[1] !== channels)
    refuse(`its kernel has ${channels} channels, but its input has ${x.shape[1]}`);
  const weights = b.reshape(b.transpose(kernel, [2, 3, 0, 1]), [
    channels! * multiplier!,
    1,
    h!,
    w!,
  ]);
  const y = b.op("Conv", [x, weights], {
    ...slidingWindow(call, x, [h!, w!]).attrs,
    group: channels!,
  });
  return finish(call, back(y), 2, isChannelsFirst(call));
};

/**
 * Inputs are the output's sizes, the kernel [h, w, out, in] and x: the gradient of a convolution. Its paddings are those of
 * the convolution that would make x of the output.
 */
const Conv2DBackpropInput: OpFunction = (call) => {
  const { b } = call;
  const kernel = call.input(1);
  const { x, back } = channelsFirst(call, call.input(2));
  const first = isChannelsFirst(call);
  const strides = spatial(call, "strides", 2, first);
  const k = spaceOf(kernel, 2);
  const padding = call.attrs.text("padding", "VALID");
  const pads = explicitPads(call, 2);
  const target = call.sizes(0)?.slice(first ? 2 : 1, first ? 4 : 3);
  const axes = k.map((size, i) => {
    const [stride, from, wanted] = [strides[i]!, x.shape[i + 2] ?? null, target?.[i] ?? null];
    const [begin, end] = padding === "EXPLICIT" ? [pads[i]!, pads[i + 2]!] : [0, 0];
    const form = FORMS[padding] ?? "valid";
    const total = surplus(from, wanted, { size: size - begin - end, stride, form });
    const cut = Math.max(total, 0);
    const before = begin + (form === "same" ? cut >> 1 : 0);
    return { begin: before, end: begin + end + cut - before, extra: Math.max(-total, 0) };
  });
  const y = b.op("ConvTranspose", [x, b.transpose(float32(b, kernel), [3, 2, 0, 1])], {
    kernel_shape: k,
    strides,
    pads: [...axes.map((a) => a.begin), ...axes.map((a) => a.end)],
    ...(axes.some((a) => a.extra > 0) ? { output_padding: axes.map((a) => a.extra) } : {}),
  });
  return back(y);
};

const FORMS: Readonly<Record<string, AxisWindow["form"]>> = { SAME: "same", EXPLICIT: "explicit" };

/** A window along one axis: its size without the explicit paddings of both ends. */
interface AxisWindow {
  readonly size: number;
  readonly stride: number;
  readonly form: "same" | "valid" | "explicit";
}

/** How much more the transposed convolution makes of an axis than is wanted; negative where it is less. */
function surplus(from: Dim, wanted: Dim, window: AxisWindow): number {
  const { size, stride, form } = window;
  if (typeof wanted === "number") {
    const steps = Math.ceil((form === "same" ? wanted : wanted - size + 1) / stride);
    if (typeof from === "number" && from !== steps)
      refuse(
        `its result has a size of ${wanted}, of which the convolution would make ${steps} and not the ${from} of its input`,
      );
    return stride * (steps - 1) + size - wanted;
  }
  return size - stride - usualOverhang(from, wanted, window);
}

/** How much longer than `stride` times the input the result is, where its size is given by name, as "height*2+1". */
function usualOverhang(from: Dim, wanted: Dim, { size, stride, form }: AxisWindow): number {
  const times = `${from}${stride === 1 ? "" : `*${stride}`}`;
  if (from !== null && typeof wanted === "string" && wanted.startsWith(times)) {
    const rest = wanted.slice(times.length);
    const overhang = rest === "" ? 0 : /^\+\d+$/.test(rest) ? Number(rest) : undefined;
    // what Keras computes: the kernel's overhang without padding
    const usual = form === "same" ? 0 : Math.max(0, size - stride);
    const fits = form === "explicit" ? size - stride <= (overhang ?? -1) : overhang === usual;
    if (overhang !== undefined && fits) return overhang;
  }
  refuse(
    "the graph computes the size of its result, which does not follow from that of its input; give the model's inputs fixed shapes (--input-shape)",
  );
}

const pool =
  (onnx: "MaxPool" | "AveragePool", n: number): OpFunction =>
  (call) => {
    const { x: whole, back } = channelsFirst(call, call.input(0));
    const kernel = spatial(call, "ksize", n, isChannelsFirst(call));
    const { x, attrs } = slidingWindow(call, whole, kernel, true);
    return back(call.b.op(onnx, [x], attrs));
  };

/** The statistics are of the training; those of the batch, which further outputs give, nothing reads at inference. */
const FusedBatchNorm: OpFunction = (call) => {
  const { b, attrs } = call;
  if (attrs.flag("is_training", false) && call.inputs[3]?.shape[0] === 0)
    refuse("normalises by the batch (is_training); an inference graph has moving averages");
  const [x, scale, offset, mean, variance] = [0, 1, 2, 3, 4].map((i) =>
    float32(b, call.input(i)),
  ) as [Tensor, Tensor, Tensor, Tensor, Tensor];
  const epsilon = attrs.float("epsilon", 1e-3); // TensorFlow.js's; TensorFlow has 1e-4
  const values = { scale, offset, mean, variance, epsilon };
  return [normalised(call, x, values, isChannelsFirst(call)), mean, variance, mean, variance];
};

/** Local response normalisation over the channels, which are last. */
const LRN: OpFunction = (call) => {
  const { b, attrs } = call;
  const radius = attrs.int("depth_radius", 5);
  const size = 2 * radius + 1;
  const x = b.transpose(float32(b, call.input(0)), [0, 3, 1, 2]);
  const y = b.op("LRN", [x], {
    size,
    alpha: attrs.float("alpha", 1) * size, // ONNX divides by the size
    beta: attrs.float("beta", 0.5),
    bias: attrs.float("bias", 1),
  });
  return b.transpose(y, [0, 2, 3, 1]);
};

/** Grey dilation: the largest sum of the image and the filter, whose places are slices of the image. */
const Dilation2D: OpFunction = (call) => {
  const { b } = call;
  const filter = float32(b, call.input(1));
  const [h, w] = spaceOf(filter, 2) as [number, number];
  const strides = spatial(call, "strides", 2, false) as [number, number];
  const rates = spatial(call, "rates", 2, false) as [number, number];
  const source = float32(b, call.input(0));
  const size = [1, 2].map((axis) => knownSize(source.shape[axis], "image size"));
  const { x } = channelsFirst(call, source);
  const same = call.attrs.text("padding", "VALID") === "SAME";
  const { pads = [0, 0, 0, 0] } = windowAttrs(x, {
    kernel: [h, w],
    strides,
    dilations: rates,
    same,
  });
  const [top, left, bottom, right] = pads as [number, number, number, number];
  const padded = b.op(
    "Pad",
    [source, b.ints([0, top, left, 0, 0, bottom, right, 0]), b.scalar(-3.4e38)],
    { mode: "constant" },
  );
  /** What one place of the filter meets along an axis. */
  const met = (y: Tensor, k: 0 | 1, place: number) => {
    const room = size[k]! + (k === 0 ? top + bottom : left + right);
    const reach = ([h, w][k]! - 1) * rates[k];
    const last = Math.floor((room - reach - 1) / strides[k]) * strides[k];
    const from = place * rates[k];
    return b.slice(y, k + 1, from, from + last + 1, strides[k]);
  };
  const parts: Tensor[] = [];
  for (let i = 0; i < h; i++) {
    for (let j = 0; j < w; j++) {
      const own = b.slice(b.slice(filter, 0, i, i + 1), 1, j, j + 1);
      parts.push(b.op("Add", [met(met(padded, 0, i), 1, j), own]));
    }
  }
  return parts.reduce((most, part) => b.op("Max", [most, part]));
};

export const CONVOLUTION: Readonly<Record<string, OpFunction>> = {
  AvgPool: pool("AveragePool", 2),
  AvgPool3D: pool("AveragePool", 3),
  Conv1D: conv(1),
  Conv2D: conv(2),
  Conv2DBackpropInput,
  Conv3D: conv(3),
  DepthwiseConv2d,
  DepthwiseConv2dNative: DepthwiseConv2d,
  Dilation2D,
  FusedBatchNorm,
  FusedBatchNormV2: FusedBatchNorm,
  FusedBatchNormV3: FusedBatchNorm,
  FusedDepthwiseConv2dNative: DepthwiseConv2d,
  LRN,
  MaxPool: pool("MaxPool", 2),
  MaxPool3D: pool("MaxPool", 3),
  _FusedConv2D: conv(2),
};
