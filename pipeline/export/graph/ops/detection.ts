/** Operators whose results have as many rows as the data says: boxes kept, positions found. */
import { refuse } from "../../errors.ts";
import type { Tensor } from "../../ir.ts";
import { constantValues, float32, int32, int64, type OpCall, type OpFunction } from "../call.ts";

/** Positions of what is not zero or false, [count, rank]. */
const Where: OpFunction = ({ b, input }) => {
  const found = b.op("NonZero", [b.cast(input(0), "bool")]);
  return int32(b, b.transpose(found, [1, 0]));
};

/** Row numbers of the kept boxes, best first, as int64 [kept]. */
function kept(call: OpCall): Tensor {
  const { b } = call;
  const boxes = b.unsqueeze(float32(b, call.input(0)), [0]);
  const scores = b.unsqueeze(float32(b, call.input(1)), [0, 1]);
  const one = (x: Tensor) => b.reshape(x, [1]);
  const threshold = call.inputs[4] && one(float32(b, call.inputs[4]));
  const selected = b.op("NonMaxSuppression", [
    boxes,
    scores,
    one(int64(b, call.input(2))),
    one(float32(b, call.input(3))),
    ...(threshold ? [threshold] : []),
  ]);
  return b.squeeze(b.slice(selected, 1, 2, 3), [1]);
}

const NonMaxSuppression: OpFunction = (call) => int32(call.b, kept(call));

/** Padded with 0 up to the largest number, if the node asks; the second output is how many are kept. */
const NonMaxSuppressionV4: OpFunction = (call) => {
  const { b, attrs } = call;
  const rows = kept(call);
  const count = b.op("Shape", [rows]);
  const valid = int32(b, b.squeeze(count, [0]));
  if (!attrs.flag("pad_to_max_output_size", false)) return [int32(b, rows), valid];
  const missing = b.op("Sub", [b.reshape(int64(b, call.input(2)), [1]), count]);
  const pads = b.op("Concat", [b.ints([0]), missing], { axis: 0 });
  const most = call.sizes(2)?.[0] ?? null;
  const padded = b.op("Pad", [int32(b, rows), pads], { mode: "constant" }, { shape: [most] });
  return [padded, valid];
};

/** Hard suppression only: with a positive sigma, scores decay instead, which ONNX cannot express. */
const NonMaxSuppressionV5: OpFunction = (call) => {
  const { b } = call;
  const [sigma] = call.inputs[5] ? (constantValues(call.inputs[5]) ?? []) : [0];
  if (sigma !== 0)
    refuse("lets scores decay (soft_nms_sigma); only a sigma of 0 has an ONNX operator");
  const rows = kept(call);
  const scores = b.op("Gather", [float32(b, call.input(1)), rows], { axis: 0 });
  return [int32(b, rows), scores, int32(b, b.squeeze(b.op("Shape", [rows]), [0]))];
};

export const DETECTION: Readonly<Record<string, OpFunction>> = {
  NonMaxSuppressionV2: NonMaxSuppression,
  NonMaxSuppressionV3: NonMaxSuppression,
  NonMaxSuppressionV4,
  NonMaxSuppressionV5,
  Where,
};
