/** Layers that move values: reshapes, crops and paddings, and layers that do nothing at inference. */
import { type Builder, TO_END } from "../builder.ts";
import { choice, number, sizes } from "../config.ts";
import { refuse } from "../errors.ts";
import type { Dim, Tensor } from "../ir.ts";
import {
  dataFormat,
  float,
  fromChannelsFirst,
  type LayerFunction,
  toChannelsFirst,
} from "./layer.ts";

/** Dropout and noise act in training only. */
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
  if (!Array.isArray(target)) refuse('"target_shape" must be a list');
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
  if (!Array.isArray(dims) || dims.length !== x.shape.length - 1) {
    refuse(`"dims" ${JSON.stringify(dims)} does not fit an input of rank ${x.shape.length}`);
  }
  return b.transpose(x, [0, ...(dims as number[])]);
};

/** [batch, features] -> [batch, n, features]. */
export const RepeatVector: LayerFunction = ({ b, config, x }) => {
  if (x.shape.length !== 2) refuse(`needs an input of rank 2, but its shape is [${x.shape}]`);
  return b.op("Expand", [b.unsqueeze(x, [1]), b.ints([1, number(config, "n"), 1])]);
};

/** [[top, bottom], [left, right]] from a number, a pair or the full form. */
function borders(value: unknown, key: string): [[number, number], [number, number]] {
  const ok = (v: unknown): v is number => typeof v === "number" && v >= 0;
  const list = ok(value) ? [value, value] : value;
  if (!Array.isArray(list) || list.length !== 2)
    refuse(`"${key}" must be a number, a pair or two pairs, it is ${JSON.stringify(value)}`);
  const pairs = list.map((v) => (ok(v) ? [v, v] : v));
  if (!pairs.every((p) => Array.isArray(p) && p.length === 2 && p.every(ok))) {
    refuse(`"${key}" must be a number, a pair or two pairs, it is ${JSON.stringify(value)}`);
  }
  return pairs as [[number, number], [number, number]];
}

/** Cuts rows and columns off each side. */
export const Cropping2D: LayerFunction = ({ b, config, x }) => {
  const first = dataFormat(config) === "channelsFirst" ? 2 : 1;
  let y = x;
  for (const [i, [start, end]] of borders(config.cropping ?? 0, "cropping").entries()) {
    if (start > 0 || end > 0) y = b.slice(y, first + i, start, end === 0 ? TO_END : -end);
  }
  return y;
};

/** Adds rows and columns of zeros to each side. */
export const ZeroPadding2D: LayerFunction = ({ b, config, x }) => {
  const [h, w] = borders(config.padding ?? 1, "padding");
  const spread = (top: number, left: number) =>
    dataFormat(config) === "channelsFirst" ? [0, 0, top, left] : [0, top, left, 0];
  return b.op("Pad", [x, b.ints([...spread(h[0], w[0]), ...spread(h[1], w[1])])], {
    mode: "constant",
  });
};

/** Both modes take pixel i of the output from i / size of the input: asymmetric, not Keras's half pixel. */
export const UpSampling2D: LayerFunction = ({ b, config, x }) => {
  const format = dataFormat(config);
  const [h, w] = sizes(config, "size", 2, 2) as [number, number];
  const nearest = choice(config, "interpolation", ["nearest", "bilinear"], "nearest") === "nearest";
  const scales = b.floats("scales", [1, 1, h, w]);
  const y = b.op("Resize", [toChannelsFirst(b, float(b, x), format), undefined, scales], {
    coordinate_transformation_mode: "asymmetric",
    mode: nearest ? "nearest" : "linear",
    ...(nearest ? { nearest_mode: "floor" } : {}),
  });
  return fromChannelsFirst(b, y, format);
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
