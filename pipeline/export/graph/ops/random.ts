/** Operators that draw random numbers: a Dropout that was saved in training, the sampling of an autoencoder. */
import type { OpFunction } from "../call.ts";
import { expandTo } from "./shape.ts";

/** float32 numbers of the distribution in the shape that the first input holds, other ones at every run. */
const draws =
  (onnx: "RandomUniformLike" | "RandomNormalLike"): OpFunction =>
  (call) =>
    call.b.op(onnx, [expandTo(call, call.b.scalar(0), call.input(0))]);

export const RANDOM: Readonly<Record<string, OpFunction>> = {
  RandomStandardNormal: draws("RandomNormalLike"),
  RandomUniform: draws("RandomUniformLike"),
};
