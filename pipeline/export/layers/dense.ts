/** Dense and Embedding: the layers that are one matrix. */
import { flag, number } from "../config.ts";
import type { Tensor } from "../ir.ts";
import { activate, activationName } from "./activation.ts";
import { expectShape, float, type LayerCall, type LayerFunction } from "./layer.ts";

/** x [..., in] @ kernel [in, units] + bias [units], over the last axis whatever the rank. */
export const Dense: LayerFunction = (call) => {
  const { b, config } = call;
  const units = number(config, "units");
  const x = float(b, call.x);
  const kernel = expectShape(call.weight("kernel"), [undefined, units]);
  let y = b.op("MatMul", [x, kernel]);
  if (flag(config, "useBias", true))
    y = b.op("Add", [y, expectShape(call.weight("bias"), [units])]);
  return activate(b, y, activationName(config));
};

/** Row indices: tfjs casts to int32, which truncates toward zero, and so does ONNX. */
function indices(call: LayerCall, x: Tensor): Tensor {
  return x.dtype === "int64" ? x : call.b.cast(x, "int32");
}

/** embeddings [input_dim, output_dim] -> [...x.shape, output_dim]. */
export const Embedding: LayerFunction = (call) => {
  const { config } = call;
  const table = expectShape(call.weight("embeddings"), [
    number(config, "inputDim"),
    number(config, "outputDim"),
  ]);
  return call.b.op("Gather", [table, indices(call, call.x)], { axis: 0 });
};
