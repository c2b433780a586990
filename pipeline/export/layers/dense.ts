/** Dense, EinsumDense and Embedding: the layers that are one matrix. */
import { flag, whole } from "../config.ts";
import { refuse } from "../errors.ts";
import type { Tensor } from "../ir.ts";
import { activate, activationName } from "./activation.ts";
import { expectShape, float, type LayerCall, type LayerFunction } from "./layer.ts";

/** x [..., in] @ kernel [in, units] + bias [units], over the last axis whatever the rank. */
export const Dense: LayerFunction = (call) => {
  const { b, config } = call;
  const units = whole(config, "units");
  const x = float(b, call.x);
  const kernel = expectShape(call.weight("kernel"), [x.shape.at(-1), units], x);
  let y = b.op("MatMul", [x, kernel]);
  if (flag(config, "useBias", true))
    y = b.op("Add", [y, expectShape(call.weight("bias"), [units])]);
  return activate(b, y, activationName(config));
};

/**
 * An equation of the form `ab...cd,cde...->ab...e...`: the kernel takes the input's last axes and gives new ones, so
 * that one MatMul between two reshapes computes it.
 */
export const EinsumDense: LayerFunction = (call) => {
  const { b, config } = call;
  const x = float(b, call.x);
  const equation = String(config.equation);
  const [, given, weights, result] =
    /^(?:\.\.\.)?([a-z]+),([a-z]+)->(?:\.\.\.)?([a-z]+)$/.exec(equation.replaceAll(" ", "")) ?? [];
  const shared = [...(weights ?? "")].filter((letter) => given?.includes(letter)).join("");
  const made = weights?.slice(shared.length) ?? "";
  if (
    !given ||
    !weights?.startsWith(shared) ||
    !given.endsWith(shared) ||
    result !== given.slice(0, given.length - shared.length) + made
  )
    refuse(
      `"equation" ${equation} does not contract the input's last axes with the kernel's first`,
    );
  const kept = x.shape.length - shared.length;
  const open = Array<undefined>(made.length).fill(undefined);
  const kernel = expectShape(call.weight("kernel"), [...x.shape.slice(kept), ...open], x);
  const [ins, outs] = [kernel.shape.slice(0, shared.length), kernel.shape.slice(shared.length)];
  const flat = (list: readonly number[]) => list.reduce((n, d) => n * d, 1);
  const outer = x.shape.slice(0, kept).map((d, i) => (typeof d === "number" ? d : b.size(x, i)));
  const rows = b.reshapeTo(x, [...outer, flat(ins)], [...x.shape.slice(0, kept), flat(ins)]);
  const product = b.op("MatMul", [rows, { ...kernel, shape: [flat(ins), flat(outs)] }]);
  let y = b.reshapeTo(product, [...outer, ...outs], [...x.shape.slice(0, kept), ...outs]);
  if (config.biasAxes) {
    const axes = [...String(config.biasAxes)];
    const sizes = axes.map((letter) => y.shape.at(result.indexOf(letter) - result.length));
    const bias = expectShape(call.weight("bias"), sizes);
    const first = result.indexOf(axes[0] as string);
    const spread = [...result.slice(first)].map((letter) =>
      axes.includes(letter) ? (bias.shape[axes.indexOf(letter)] as number) : 1,
    );
    y = b.op("Add", [y, { ...bias, shape: spread }]);
  }
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
    whole(config, "inputDim"),
    whole(config, "outputDim"),
  ]);
  return call.b.op("Gather", [table, indices(call, call.x)], { axis: 0 });
};
