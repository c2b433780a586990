/** Layers that move values: reshapes, crops and paddings, and layers that do nothing at inference. */
import { type Builder, TO_END } from "../builder.ts";
import { choice, isRecord, number, sizes, whole } from "../config.ts";
import { refuse } from "../errors.ts";
import type { Dim, Tensor } from "../ir.ts";
import {
  dataFormat,
  expectRank,
  float,
  fromChannelsFirst,
  isKeras,
  type LayerFunction,
  toChannelsFirst,
} from "./layer.ts";

/** Dropout, noise and augmentation act in training only. */
export const identity: LayerFunction = ({ x }) => x;

/** channels_first moves the channels last before it flattens, whatever the rank. */
export const Flatten: LayerFunction = ({ b, config, x: input }) => {
  const rank = input.shape.length;
  if (rank < 2) refuse(`an input of rank ${rank} cannot be flattened`);
  const channelsFirst =
    config.dataFormat !== undefined &&
    config.dataFormat !== null &&
    dataFormat(config) === "channelsFirst";
  const last = [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1];
  const x = channelsFirst && rank > 2 ? b.transpose(input, last) : input;
  return rank === 2 ? x : b.reshape(x, [0, -1]);
};

/** The batch is kept; one size may be left open (null or -1). */
export const Reshape: LayerFunction = ({ b, config, x }) => {
  const target = config.targetShape;
  const isSize = (d: unknown) => d === null || Number.isInteger(d);
  if (!Array.isArray(target) || !target.every(isSize))
    refuse('"target_shape" must be a list of sizes');
  const holes = target.map((d) => (d === null || d < 0 ? -1 : (d as number)));
  if (holes.filter((d) => d === -1).length > 1)
    refuse(`"target_shape" [${target}] leaves more than one size open`);
  const total = x.shape
    .slice(1)
    .reduce<Dim>((p, d) => (typeof p === "number" && typeof d === "number" ? p * d : null), 1);
  const rest = holes.reduce((p, d) => (d === -1 ? p : p * d), 1);
  if (typeof total === "number" && (holes.includes(-1) ? total % rest !== 0 : total !== rest)) {
    refuse(`cannot reshape [${x.shape}] to [batch, ${target}]`);
  }
  // no size is 0 (in ONNX: copy), for tfjs has no empty tensors here
  if (typeof total === "number")
    return b.reshape(x, [0, ...holes.map((d) => (d === -1 ? total / rest : d))]);
  return b.reshape(x, [0, ...holes]);
};

/** dims count from 1: axis 0 is the batch. */
export const Permute: LayerFunction = ({ b, config, x }) => {
  const dims = config.dims;
  const fits = Array.isArray(dims) && x.shape.slice(1).every((_, i) => dims.indexOf(i + 1) >= 0);
  if (!fits || dims.length !== x.shape.length - 1) {
    refuse(`"dims" ${JSON.stringify(dims)} does not fit an input of rank ${x.shape.length}`);
  }
  return b.transpose(x, [0, ...(dims as number[])]);
};

/** [batch, features] -> [batch, n, features]. */
export const RepeatVector: LayerFunction = ({ b, config, x }) => {
  if (x.shape.length !== 2) refuse(`needs an input of rank 2, but its shape is [${x.shape}]`);
  return b.op("Expand", [b.unsqueeze(x, [1]), b.ints([1, whole(config, "n"), 1])]);
};

/** [before, after] for each of n axes, from a number, one number per axis or the full form. */
function borders(value: unknown, key: string, n: number): [number, number][] {
  const bad = (): never =>
    refuse(
      n === 2
        ? `"${key}" must be a number, a pair or two pairs, it is ${JSON.stringify(value)}`
        : `"${key}" must be a number or a pair for each of ${n} axes, it is ${JSON.stringify(value)}`,
    );
  const ok = (v: unknown): v is number => Number.isInteger(v) && Number(v) >= 0;
  const list = ok(value) ? Array(n).fill(value) : n === 1 ? [asPair(value)] : value;
  if (!Array.isArray(list) || list.length !== n) return bad();
  const pairs = list.map((v) => (ok(v) ? [v, v] : v));
  if (!pairs.every((p) => Array.isArray(p) && p.length === 2 && p.every(ok))) bad();
  return pairs as [number, number][];
}

/** The two numbers of one axis may stand alone or in a list. */
const asPair = (value: unknown): unknown =>
  Array.isArray(value) && value.length === 1 ? value[0] : value;

/** Cuts the start and the end off n axes. */
const cropping =
  (n: number): LayerFunction =>
  (call) => {
    const { b, config, x } = call;
    const first = dataFormat(config) === "channelsFirst" ? 2 : 1;
    const pairs = borders(config.cropping ?? 0, "cropping", n);
    expectRank(call, n + 2);
    let y = x;
    for (const [i, [start, end]] of pairs.entries()) {
      if (start > 0 || end > 0) y = b.slice(y, first + i, start, end === 0 ? TO_END : -end);
    }
    return y;
  };

export const Cropping1D = cropping(1);
export const Cropping2D = cropping(2);
export const Cropping3D = cropping(3);

/** Adds zeros before and behind n axes. */
const zeroPadding =
  (n: number): LayerFunction =>
  (call) => {
    const { b, config, x } = call;
    const pairs = borders(config.padding ?? 1, "padding", n);
    expectRank(call, n + 2);
    const spread = (side: 0 | 1) => {
      const space = pairs.map((p) => p[side]);
      return dataFormat(config) === "channelsFirst" ? [0, 0, ...space] : [0, ...space, 0];
    };
    return b.op("Pad", [x, b.ints([...spread(0), ...spread(1)])], { mode: "constant" });
  };

export const ZeroPadding1D = zeroPadding(1);
export const ZeroPadding2D = zeroPadding(2);
export const ZeroPadding3D = zeroPadding(3);

/**
 * Pixel i of the output comes from i / size of the input. Bilinear, tfjs takes the corners of pixels there, Keras their
 * centres.
 */
const upSampling =
  (n: number): LayerFunction =>
  (call) => {
    const { b, config, x } = call;
    const format = n === 1 ? "channelsLast" : dataFormat(config);
    const factors = sizes(config, "size", n, 2);
    const mode = choice(config, "interpolation", ["nearest", "bilinear"], "nearest");
    const nearest = mode === "nearest";
    expectRank(call, n + 2);
    const scales = b.floats("scales", [1, 1, ...factors]);
    const y = b.op("Resize", [toChannelsFirst(b, float(b, x), format), undefined, scales], {
      coordinate_transformation_mode: !nearest && isKeras(call) ? "half_pixel" : "asymmetric",
      mode: nearest ? "nearest" : "linear",
      ...(nearest ? { nearest_mode: "floor" } : {}),
    });
    return fromChannelsFirst(b, y, format);
  };

export const UpSampling1D = upSampling(1);
export const UpSampling2D = upSampling(2);
export const UpSampling3D = upSampling(3);

/** How Keras 3 writes `x[:, 1:, 0]`: one slice or index per axis, from the first on. */
export const GetItem: LayerFunction = ({ b, args, x }) => {
  const items = Array.isArray(args[1]) ? args[1] : [args[1]];
  let y = x;
  const gone: number[] = [];
  for (const [axis, item] of items.entries()) {
    if (typeof item === "number") {
      y = b.slice(y, axis, item, item === -1 ? TO_END : item + 1);
      gone.push(axis);
      continue;
    }
    const slice = isRecord(item) && item.className === "__slice__" ? item.config : undefined;
    if (!isRecord(slice)) refuse(`reads ${JSON.stringify(item)}; indices and slices are converted`);
    const { start, stop, step } = slice;
    if ((step ?? 1) !== 1) refuse(`reads every ${step}th element, which is not converted`);
    if ((start ?? 0) === 0 && (stop ?? null) === null) continue;
    y = b.slice(y, axis, Number(start ?? 0), typeof stop === "number" ? stop : TO_END);
  }
  return gone.length > 0 ? b.squeeze(y, gone) : y;
};

/** Steps whose features all equal mask_value become zero (and are masked: see masks.ts). */
export const Masking: LayerFunction = ({ b, config, x: input }) => {
  const x = float(b, input);
  return b.op("Mul", [x, differs(b, x, number(config, "maskValue", 0))]);
};

/** 1 where any feature differs from the value, else 0; the last axis kept as 1. */
export function differs(b: Builder, x: Tensor, value: number): Tensor {
  const other = float(b, b.op("Not", [b.op("Equal", [x, b.scalar(value)])]));
  return b.op("ReduceMax", [other], { axes: [-1], keepdims: 1 });
}
