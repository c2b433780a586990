/** Preprocessing layers that tfjs runs inside a model. */
import { choice, flag, number, whole } from "../config.ts";
import { refuse } from "../errors.ts";
import { sizeOf } from "../ir.ts";
import { kerasCenterCrop, kerasResizing } from "./images.ts";
import {
  argument,
  expectShape,
  float,
  fromChannelsFirst,
  isKeras,
  known,
  type LayerFunction,
  toChannelsFirst,
} from "./layer.ts";
import { resizeNearest } from "./nearestPixels.ts";

/** x * scale + offset, in float32 whatever the input's type; Keras takes one value per channel too. */
export const Rescaling: LayerFunction = ({ b, config, x }) => {
  const value = (key: string, fallback?: number) =>
    Array.isArray(config[key])
      ? b.floats(key, config[key] as number[])
      : b.scalar(number(config, key, fallback));
  const y = b.op("Mul", [float(b, x), value("scale")]);
  return (config.offset ?? 0) === 0 ? y : b.op("Add", [y, value("offset")]);
};

/** (x - mean) / max(sqrt(variance), epsilon), with what Keras's adapt() has found. */
export const Normalization: LayerFunction = (call) => {
  const { b, config } = call;
  const x = float(b, call.x);
  const rank = x.shape.length;
  const axis = config.axis === null ? [] : [config.axis ?? -1].flat().map((a) => Number(a));
  const kept = axis.map((a) => (a < 0 ? a + rank : a)).sort((a, c) => a - c);
  const shape = kept.map((a) => x.shape[a] ?? null);
  const spread = x.shape.map((d, i) => (kept.includes(i) ? Number(d) : 1)).slice(kept[0] ?? rank);
  const given = (key: "mean" | "variance"): Float32Array => {
    const inConfig = config[key];
    if (typeof inConfig === "number") return new Float32Array(sizeOf(spread)).fill(inConfig);
    if (Array.isArray(inConfig)) return Float32Array.from(inConfig.flat(9) as number[]);
    return expectShape(call.weight(key), shape, x).data as Float32Array;
  };
  const [mean, variance] = [given("mean"), given("variance")];
  const std = variance.map((v) => Math.max(Math.sqrt(v), 1e-7));
  const invert = flag(config, "invert", false);
  const scale = invert ? std : std.map((s) => 1 / s);
  const shift = mean.map((m, i) => (invert ? m : -m / (std[i] as number)));
  const scaled = b.op("Mul", [x, b.floats("scale", scale, spread)]);
  return b.op("Add", [scaled, b.floats("shift", shift, spread)]);
};

/**
 * What tfjs's cropAndResize (nearest) picks along one axis: float32 boxes, rounded positions; not in general the
 * exact centre. Positions beyond the image would be 0 in tfjs.
 */
function cropIndices(size: number, target: number, offset: number): number[] {
  const start = Math.fround(offset / size);
  const end = Math.fround((target + offset) / size);
  const scale = target > 1 ? ((end - start) * (size - 1)) / (target - 1) : 0;
  return Array.from({ length: target }, (_, i) => {
    const at = target > 1 ? start * (size - 1) + i * scale : 0.5 * (start + end) * (size - 1);
    return Math.min(Math.round(at), size - 1);
  });
}

/** [..., H, W, C] -> [..., height, width, C], channels last only, as in tfjs. */
export const CenterCrop: LayerFunction = (call) => {
  const { b, config, x } = call;
  if (isKeras(call)) return kerasCenterCrop(call);
  const rank = x.shape.length;
  const [height, width] = [whole(config, "height"), whole(config, "width")];
  const [h, w] = [known(x, rank - 3, "height"), known(x, rank - 2, "width")];
  const top = Math.floor((h - height) / 2);
  // tfjs never starts at column 0 when the widths differ
  const left = w === width ? 0 : Math.floor((w - width) / 2) || 1;
  if (top < 0 || left < 0)
    refuse(
      `crops ${h} x ${w} to the larger ${height} x ${width}, which TensorFlow.js cannot do inside a model`,
    );
  const rows = b.op("Gather", [float(b, x), b.ints(cropIndices(h, height, top))], {
    axis: rank - 3,
  });
  return b.op("Gather", [rows, b.ints(cropIndices(w, width, left))], { axis: rank - 2 });
};

/** Token ids to vectors of num_tokens; ids of num_tokens and above are ignored, as in tfjs. */
export const CategoryEncoding: LayerFunction = (call) => {
  const { b, config, x } = call;
  const tokens = whole(config, "numTokens");
  const mode = choice(
    config,
    "outputMode",
    ["multiHot", "oneHot", "count", "int", "tfIdf"],
    "multiHot",
  );
  const ids = b.cast(x, "int32");
  if (mode === "int") return ids;
  if (mode === "tfIdf")
    refuse(
      '"output_mode" is "tf_idf", whose weights are an argument of the call and not in the file',
    );
  const single = x.shape.length === 1 || (mode === "oneHot" && x.shape.at(-1) !== 1);
  if (x.shape.length + (single && mode === "oneHot" ? 1 : 0) > 2)
    refuse(`${mode} of an input [${x.shape}] would have a rank above 2`);
  const column = single ? b.unsqueeze(ids, [-1]) : ids;
  const all = b.constant(
    `${b.scope}/tokens`,
    "int32",
    [tokens],
    Int32Array.from({ length: tokens }, (_, i) => i),
  );
  const hot = float(b, b.op("Equal", [b.unsqueeze(column, [2]), all])); // [N, T, tokens]
  const weights = argument(call, 1, "countWeights");
  if (mode !== "count") {
    if (weights) refuse(`is given count_weights, which "output_mode" ${mode} has not`);
    return b.op("ReduceMax", [hot], { axes: [1], keepdims: 0 });
  }
  if (weights && weights.shape.length !== column.shape.length)
    refuse(`has count_weights of shape [${weights.shape}] for ids of shape [${x.shape}]`);
  const counted = weights ? b.op("Mul", [hot, b.unsqueeze(float(b, weights), [2])]) : hot;
  return b.op("ReduceSum", [counted, b.ints([1])], { keepdims: 0 });
};

/** tfjs calls its kernels with align_corners = !crop_to_aspect_ratio. */
export const Resizing: LayerFunction = (call) => {
  const { b, config, x: input } = call;
  if (isKeras(call)) return kerasResizing(call);
  const x = toChannelsFirst(b, float(b, input), "channelsLast");
  if (x.shape.length !== 4) refuse(`needs an input of rank 4, but its shape is [${input.shape}]`);
  const [height, width] = [whole(config, "height"), whole(config, "width")];
  const nearest =
    choice(config, "interpolation", ["nearest", "bilinear"], "bilinear") === "nearest";
  const corners = !flag(config, "cropToAspectRatio", false);
  const coordinates = corners ? "align_corners" : "asymmetric";
  const taken = nearest ? resizeNearest(b, x, [height, width], coordinates) : undefined;
  if (taken) return fromChannelsFirst(b, taken, "channelsLast");
  const channels = known(x, 1, "number of channels");
  const target = b.op("Concat", [b.size(x, 0), b.ints([channels, height, width])], { axis: 0 });
  const y = b.op(
    "Resize",
    [x, undefined, undefined, target],
    {
      mode: nearest ? "nearest" : "linear",
      coordinate_transformation_mode: coordinates,
      ...(nearest ? { nearest_mode: corners ? "round_prefer_ceil" : "floor" } : {}),
    },
    { shape: [x.shape[0] ?? null, channels, height, width] },
  );
  return fromChannelsFirst(b, y, "channelsLast");
};
