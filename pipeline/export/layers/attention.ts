/** Attention layers of Keras. */
import { flag, number, whole } from "../config.ts";
import { refuse } from "../errors.ts";
import type { Tensor } from "../ir.ts";
import {
  argument,
  expectShape,
  float,
  type LayerCall,
  type LayerFunction,
  slotOf,
} from "./layer.ts";

/** Added to the score of a position that must not be seen. */
const HIDDEN = -1e9;

/** Scores [B, N, T, S]: what must not be seen is pushed down. `mask` broadcasts to them. */
function hidden({ b }: LayerCall, scores: Tensor, mask: Tensor): Tensor {
  return b.op("Where", [mask, scores, b.scalar(HIDDEN)]);
}

/** Scores [..., T, S] with those of later positions pushed down. */
function causal(call: LayerCall, scores: Tensor): Tensor {
  const [t, s] = scores.shape.slice(-2);
  if (typeof t !== "number" || typeof s !== "number")
    refuse("needs a fixed number of steps for use_causal_mask");
  const seen = Uint8Array.from({ length: t * s }, (_, i) => (i % s > Math.floor(i / s) ? 0 : 1));
  return hidden(call, scores, call.b.constant(`${call.b.scope}/causal`, "bool", [t, s], seen));
}

/** Applies the masks of query [B, T], key and value [B, S] and the attention's own [B, T, S] to scores [B, N, T, S]. */
function withMasks(call: LayerCall, scores: Tensor, slots: Record<string, number>): Tensor {
  const { b } = call;
  let masked = scores;
  for (const [name, slot] of Object.entries(slots)) {
    const mask = argument(call, -1, `${name}Mask`) ?? call.masks[slot];
    if (mask)
      masked = hidden(
        call,
        masked,
        b.unsqueeze(b.cast(mask, "bool"), name === "query" ? [1, 3] : [1, 2]),
      );
  }
  const mask = argument(call, -1, "attentionMask");
  if (!mask) return masked;
  if (mask.shape.length !== 3)
    refuse(`has an attention_mask of shape [${mask.shape}]; [batch, T, S] is converted`);
  return hidden(call, masked, b.unsqueeze(b.cast(mask, "bool"), [1]));
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

/**
 * softmax(Q K^T / sqrt(key_dim)) V for each head, then one more projection. Query [B, T, D], value and key [B, S, D]; the
 * scores are [B, N, T, S].
 */
export const MultiHeadAttention: LayerFunction = (call) => {
  const { b, config } = call;
  const slots = {
    query: slotOf(call, 0, "query") ?? 0,
    value: slotOf(call, 1, "value") ?? refuse("has no value"),
  };
  const keySlot = slotOf(call, 2, "key");
  const [query, value, key] = [slots.query, slots.value, keySlot ?? slots.value].map((slot) =>
    float(b, call.inputs[slot] as Tensor),
  ) as [Tensor, Tensor, Tensor];
  if (query.shape.length !== 3 || value.shape.length !== 3)
    refuse(`has inputs of rank ${query.shape.length} and ${value.shape.length}; 3 is converted`);
  const heads = whole(config, "numHeads");
  const q = project(call, query, "query", heads);
  const k = project(call, key, "key", heads);
  const v = project(call, value, "value", heads);
  const scale = b.scalar(1 / Math.sqrt(number(config, "keyDim")));
  let scores = b.op("MatMul", [b.op("Mul", [q, scale]), b.transpose(k, [0, 1, 3, 2])]); // [B, N, T, S]
  if (call.kwargs.useCausalMask === true) scores = causal(call, scores);
  scores = withMasks(call, scores, keySlot === undefined ? slots : { ...slots, key: keySlot });
  const shares = b.op("Softmax", [scores], { axis: -1 });
  const seen = b.op("MatMul", [shares, v]); // [B, N, T, H]
  const size = seen.shape.at(-1) as number;
  const joined = b.reshape(b.transpose(seen, [0, 2, 1, 3]), [0, 0, heads * size]);
  const out = call.withWeights(`${call.prefix}/attention_output`, "output_dense");
  const kernel = expectShape(out.weight("kernel"), [heads, size, undefined]);
  const width = kernel.shape[2] as number;
  const y = b.op("MatMul", [joined, { ...kernel, shape: [heads * size, width] }]);
  const biased = flag(config, "useBias", true)
    ? b.op("Add", [y, expectShape(out.weight("bias"), [width])])
    : y;
  return withScores(call, biased, shares);
};

/** The scores are a further output where the call asks for them. */
const withScores = ({ kwargs }: LayerCall, y: Tensor, scores: Tensor): Tensor[] =>
  kwargs.returnAttentionScores === true ? [y, scores] : [y];

/** softmax(query key^T) value, with the inputs [query, value, key?]. */
export const Attention: LayerFunction = (call) => {
  const { b, config } = call;
  if (call.masks.some((m) => m) || call.mask)
    refuse(
      "has masked inputs; the masks of Attention are not converted, those of MultiHeadAttention are",
    );
  if (config.scoreMode !== undefined && config.scoreMode !== "dot")
    refuse(`"score_mode" is ${JSON.stringify(config.scoreMode)}; "dot" is converted`);
  const [query, value, key = value] = call.inputs.map((t) => float(b, t));
  if (!query || !value || !key) refuse("needs a query and a value");
  const rank = key.shape.length;
  const perm = Array.from({ length: rank }, (_, i) => i);
  const swapped = [...perm.slice(0, -2), rank - 1, rank - 2];
  let scores = b.op("MatMul", [query, b.transpose(key, swapped)]);
  if (flag(config, "useScale", false))
    scores = b.op("Mul", [scores, expectShape(call.weight("scale"), [])]);
  if (call.kwargs.useCausalMask === true) scores = causal(call, scores);
  const shares = b.op("Softmax", [scores], { axis: -1 });
  return withScores(call, b.op("MatMul", [shares, value]), shares);
};
