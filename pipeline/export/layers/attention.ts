/** Attention layers of Keras. */
import type { Builder } from "../builder.ts";
import { flag, number } from "../config.ts";
import { refuse } from "../errors.ts";
import type { Tensor } from "../ir.ts";
import { InputSlot } from "../nodes.ts";
import { expectShape, float, type LayerCall, type LayerFunction } from "./layer.ts";

/** Added to the score of a position that must not be seen. */
const HIDDEN = -1e9;

/** The tensor that an argument of a call holds, by its place or its name. */
function argument(call: LayerCall, place: number, name: string): Tensor | undefined {
  const value = call.kwargs[name] ?? call.args[place];
  return value instanceof InputSlot ? float(call.b, call.inputs[value.index] as Tensor) : undefined;
}

function refuseMasks(call: LayerCall, names: readonly string[]): void {
  const given = names.filter((name) => call.kwargs[name] instanceof InputSlot);
  if (call.mask) given.push("mask");
  if (given.length > 0)
    refuse(`is given ${given.join(" and ")}; masks of attention are not converted`);
}

/** Scores [.., T, S] with those of later positions pushed down. */
function causal(b: Builder, scores: Tensor): Tensor {
  const [t, s] = scores.shape.slice(-2);
  if (typeof t !== "number" || typeof s !== "number")
    refuse("needs a fixed number of steps for use_causal_mask");
  const hidden = Float32Array.from({ length: t * s }, (_, i) =>
    i % s > Math.floor(i / s) ? HIDDEN : 0,
  );
  return b.op("Add", [scores, b.floats("causal", hidden, [t, s])]);
}

/** x [B, T, D] times kernel [D, N, H] plus bias [N, H] -> [B, N, T, H]. */
function project(call: LayerCall, x: Tensor, name: string, heads: number): Tensor {
  const { b, config } = call;
  const part = call.withWeights(`${call.prefix}/${name}`, `${name}_dense`);
  const kernel = expectShape(part.weight("kernel"), [x.shape.at(-1), heads, undefined], x);
  const [inputs, , size] = kernel.shape as [number, number, number];
  let y = b.op("MatMul", [x, { ...kernel, shape: [inputs, heads * size] }]);
  if (flag(config, "useBias", true)) {
    const bias = expectShape(part.weight("bias"), [heads, size]);
    y = b.op("Add", [y, { ...bias, shape: [heads * size] }]);
  }
  return b.transpose(b.reshape(y, [0, 0, heads, size]), [0, 2, 1, 3]);
}

/** softmax(Q K^T / sqrt(key_dim)) V for each head, then one more projection. Query [B, T, D], value and key [B, S, D]. */
export const MultiHeadAttention: LayerFunction = (call) => {
  const { b, config } = call;
  refuseMasks(call, ["queryMask", "valueMask", "keyMask", "attentionMask"]);
  const query = argument(call, 0, "query") ?? call.x;
  const value = argument(call, 1, "value") ?? refuse("has no value");
  const key = argument(call, 2, "key") ?? value;
  if (query.shape.length !== 3 || value.shape.length !== 3)
    refuse(`has inputs of rank ${query.shape.length} and ${value.shape.length}; 3 is converted`);
  if (call.kwargs.returnAttentionScores === true)
    refuse("returns its attention scores, which is not converted");
  const heads = number(config, "numHeads");
  const q = project(call, query, "query", heads);
  const k = project(call, key, "key", heads);
  const v = project(call, value, "value", heads);
  const scale = b.scalar(1 / Math.sqrt(number(config, "keyDim")));
  let scores = b.op("MatMul", [b.op("Mul", [q, scale]), b.transpose(k, [0, 1, 3, 2])]); // [B, N, T, S]
  if (call.kwargs.useCausalMask === true) scores = causal(b, scores);
  const seen = b.op("MatMul", [b.op("Softmax", [scores], { axis: -1 }), v]); // [B, N, T, H]
  const size = seen.shape.at(-1) as number;
  const joined = b.reshape(b.transpose(seen, [0, 2, 1, 3]), [0, 0, heads * size]);
  const out = call.withWeights(`${call.prefix}/attention_output`, "output_dense");
  const kernel = expectShape(out.weight("kernel"), [heads, size, undefined]);
  const width = kernel.shape[2] as number;
  const y = b.op("MatMul", [joined, { ...kernel, shape: [heads * size, width] }]);
  return flag(config, "useBias", true)
    ? b.op("Add", [y, expectShape(out.weight("bias"), [width])])
    : y;
};

/** softmax(query key^T) value, with the inputs [query, value, key?]. */
export const Attention: LayerFunction = (call) => {
  const { b, config } = call;
  refuseMasks(call, []);
  if (config.scoreMode !== undefined && config.scoreMode !== "dot")
    refuse(`"score_mode" is ${JSON.stringify(config.scoreMode)}; "dot" is converted`);
  if (call.kwargs.returnAttentionScores === true)
    refuse("returns its attention scores, which is not converted");
  const [query, value, key = value] = call.inputs.map((t) => float(b, t));
  if (!query || !value || !key) refuse("needs a query and a value");
  const rank = key.shape.length;
  const perm = Array.from({ length: rank }, (_, i) => i);
  const swapped = [...perm.slice(0, -2), rank - 1, rank - 2];
  let scores = b.op("MatMul", [query, b.transpose(key, swapped)]);
  if (flag(config, "useScale", false))
    scores = b.op("Mul", [scores, expectShape(call.weight("scale"), [])]);
  if (call.kwargs.useCausalMask === true) scores = causal(b, scores);
  return b.op("MatMul", [b.op("Softmax", [scores], { axis: -1 }), value]);
};
