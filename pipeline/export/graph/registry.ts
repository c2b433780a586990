/** The table of the TensorFlow operators that the converter can convert. */
import type { OpFunction } from "./call.ts";
import { CONVOLUTION } from "./ops/convolution.ts";
import { DETECTION } from "./ops/detection.ts";
import { DIVISION } from "./ops/division.ts";
import { ELEMENTWISE } from "./ops/elementwise.ts";
import { GATHER } from "./ops/gather.ts";
import { IMAGE } from "./ops/image.ts";
import { JOIN } from "./ops/join.ts";
import { MATRIX } from "./ops/matrix.ts";
import { RANDOM } from "./ops/random.ts";
import { REDUCE } from "./ops/reduce.ts";
import { SHAPE } from "./ops/shape.ts";
import { SLICE } from "./ops/slice.ts";
import { SPACE } from "./ops/space.ts";

/** By name. `Const` and `Placeholder` are read by graphModel.ts; `NoOp` gives nothing. */
export const TF_OPS: Readonly<Record<string, OpFunction>> = {
  ...CONVOLUTION,
  ...DETECTION,
  ...DIVISION,
  ...ELEMENTWISE,
  ...GATHER,
  ...IMAGE,
  ...JOIN,
  ...MATRIX,
  ...RANDOM,
  ...REDUCE,
  ...SHAPE,
  ...SLICE,
  ...SPACE,
};
