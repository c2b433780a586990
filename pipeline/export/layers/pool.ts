/** Pooling, windowed and global, in one, two and three dimensions. */
import { flag, sizes } from "../config.ts";
import {
  dataFormat,
  expectRank,
  float,
  fromChannelsFirst,
  isKeras,
  type LayerFunction,
  toChannelsFirst,
} from "./layer.ts";
import { isSame, volumeFromFirstWindow, windowAttrs } from "./window.ts";

/** x [N, ...space, C] -> [N, ...positions, C]; strides default to the pool's size. */
const pool =
  (op: "MaxPool" | "AveragePool", n: number): LayerFunction =>
  (call) => {
    const { b, config, x: input } = call;
    const format = n === 1 && !isKeras(call) ? "channelsLast" : dataFormat(config);
    const kernel = sizes(config, "poolSize", n, 2);
    const strides = sizes(config, "strides", n, kernel);
    const dilations = Array<number>(n).fill(1);
    const window = { kernel, strides, dilations, same: isSame(config), pool: true };
    expectRank(call, n + 2);
    const whole = toChannelsFirst(b, float(b, input), format);
    const x = isKeras(call) ? whole : volumeFromFirstWindow(b, whole, window);
    // padding does not count in tfjs's mean, which is ONNX's default (count_include_pad = 0)
    return fromChannelsFirst(b, b.op(op, [x], windowAttrs(x, window)), format);
  };

export const MaxPooling1D = pool("MaxPool", 1);
export const MaxPooling2D = pool("MaxPool", 2);
export const MaxPooling3D = pool("MaxPool", 3);
export const AveragePooling1D = pool("AveragePool", 1);
export const AveragePooling2D = pool("AveragePool", 2);
export const AveragePooling3D = pool("AveragePool", 3);

/** The whole space is reduced; tfjs ignores `keepdims` and a mask, Keras does not. */
const globalPool =
  (op: "ReduceMean" | "ReduceMax", n: number): LayerFunction =>
  (call) => {
    const { b, config } = call;
    const first = (n > 1 || isKeras(call)) && dataFormat(config) === "channelsFirst";
    const axes = Array.from({ length: n }, (_, i) => i + (first ? 2 : 1));
    const keepdims = isKeras(call) && flag(config, "keepdims", false) ? 1 : 0;
    expectRank(call, n + 2);
    const x = float(b, call.x);
    if (isKeras(call) && call.mask && n === 1 && op === "ReduceMean") {
      const mask = b.unsqueeze(float(b, call.mask), [first ? 1 : 2]); // [N, T, 1]
      const sum = b.op("ReduceSum", [b.op("Mul", [x, mask]), b.ints(axes)], { keepdims });
      return b.op("Div", [sum, b.op("ReduceSum", [mask, b.ints(axes)], { keepdims })]);
    }
    return b.op(op, [x], { axes, keepdims });
  };

export const GlobalAveragePooling1D = globalPool("ReduceMean", 1);
export const GlobalAveragePooling2D = globalPool("ReduceMean", 2);
export const GlobalAveragePooling3D = globalPool("ReduceMean", 3);
export const GlobalMaxPooling1D = globalPool("ReduceMax", 1);
export const GlobalMaxPooling2D = globalPool("ReduceMax", 2);
export const GlobalMaxPooling3D = globalPool("ReduceMax", 3);
