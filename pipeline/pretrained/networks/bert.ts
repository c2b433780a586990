/**
 * BERT (Devlin et al. 2019) as a sentence encoder (Reimers and Gurevych 2019): the mean of the last hidden states of a
 * text's tokens, of unit length. Weights have the names of the transformers library's BertModel.
 *
 * Sizes: N texts, T tokens, D hidden units, H heads of D / H units.
 */

import type { Builder } from "../../export/builder.ts";
import type { Tensor } from "../../export/ir.ts";
import type { WeightFinder } from "../torch/weight.ts";
import type { Network } from "./network.ts";

/** The part of a model's `config.json` that the graph depends on. */
export interface BertConfig {
  readonly hidden_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly intermediate_size: number;
  readonly layer_norm_eps: number;
  readonly vocab_size: number;
  readonly type_vocab_size: number;
  /** The longest text, in tokens. */
  readonly max_position_embeddings: number;
}

/** Added to no score, but put in place of those that padding must not have. */
const HIDDEN = -1e9;
/** Least divisors, as in torch.nn.functional.normalize: a text without tokens has the mean 0 instead of a division by 0. */
const SMALLEST_COUNT = 1e-9;
const SMALLEST_LENGTH = 1e-12;

/**
 * Inputs `input_ids`, `attention_mask` (1 for tokens, 0 for padding) and `token_type_ids`, int64 [batch, sequence]. Outputs
 * `last_hidden_state` float32 [batch, sequence, hidden_size] and `sentence_embedding` float32 [batch, hidden_size], of unit
 * length.
 */
export function sentenceBert(config: BertConfig, weights: WeightFinder): Network {
  const shape = ["batch", "sequence_length"];
  const ids = (name: string) => ({ name, dtype: "int64", shape }) as const;
  return {
    name: "sentence-bert",
    inputs: [ids("input_ids"), ids("attention_mask"), ids("token_type_ids")],
    outputs: ["last_hidden_state", "sentence_embedding"],
    write(b, [tokens, mask, types]) {
      const layer: Layer = { b, weights, config };
      const seen = b.cast(mask as Tensor, "bool"); // [N, T]
      let x = embeddings(layer, tokens as Tensor, types as Tensor);
      for (let i = 0; i < config.num_hidden_layers; i++)
        x = encoderLayer(layer, x, seen, `encoder.layer.${i}`);
      b.scope = "pooling";
      return [x, unitLength(b, meanOfTokens(b, x, mask as Tensor))];
    },
  };
}

interface Layer {
  readonly b: Builder;
  readonly weights: WeightFinder;
  readonly config: BertConfig;
}

/** Tokens and types [N, T] -> [N, T, D]: the sum of what a token, its place and its type are. */
function embeddings(layer: Layer, tokens: Tensor, types: Tensor): Tensor {
  const { b, weights, config } = layer;
  b.scope = "embeddings";
  const width = config.hidden_size;
  const table = (name: string, rows: number) => {
    const path = `embeddings.${name}_embeddings.weight`;
    return b.floats(name, weights(path, [rows, width]), [rows, width]);
  };
  const word = b.op("Gather", [table("word", config.vocab_size), tokens], { axis: 0 });
  const type = b.op("Gather", [table("token_type", config.type_vocab_size), types], { axis: 0 });
  const places = table("position", config.max_position_embeddings);
  const place = b.op(
    "Slice",
    [places, b.ints([0]), b.size(tokens, 1), b.ints([0])],
    {},
    {
      shape: [tokens.shape[1] ?? null, width],
    },
  ); // [T, D]
  const sum = b.op("Add", [b.op("Add", [word, type]), place]);
  return layerNorm(layer, sum, "embeddings.LayerNorm");
}

/** Attention and a dense part, each added to its input and normalised. [N, T, D] */
function encoderLayer(layer: Layer, x: Tensor, seen: Tensor, path: string): Tensor {
  const { b, config } = layer;
  b.scope = `${path}.attention`;
  const attended = dense(
    layer,
    attention(layer, x, seen, path),
    `${path}.attention.output.dense`,
    config.hidden_size,
  );
  const first = layerNorm(layer, b.op("Add", [attended, x]), `${path}.attention.output.LayerNorm`);
  b.scope = `${path}.dense`;
  const wide = gelu(b, dense(layer, first, `${path}.intermediate.dense`, config.intermediate_size));
  const narrow = dense(layer, wide, `${path}.output.dense`, config.hidden_size);
  return layerNorm(layer, b.op("Add", [narrow, first]), `${path}.output.LayerNorm`);
}

/** softmax(Q K^T / sqrt(D / H)) V for each head; padding is not seen. [N, T, D] */
function attention(layer: Layer, x: Tensor, seen: Tensor, path: string): Tensor {
  const { b, config } = layer;
  const heads = config.num_attention_heads;
  const size = config.hidden_size / heads;
  const project = (name: string) => {
    const y = dense(layer, x, `${path}.attention.self.${name}`, config.hidden_size);
    return b.transpose(b.reshape(y, [0, 0, heads, size]), [0, 2, 1, 3]); // [N, H, T, D / H]
  };
  const query = b.op("Mul", [project("query"), b.scalar(1 / Math.sqrt(size))]);
  const scores = b.op("MatMul", [query, b.transpose(project("key"), [0, 1, 3, 2])]); // [N, H, T, T]
  const masked = b.op("Where", [b.unsqueeze(seen, [1, 2]), scores, b.scalar(HIDDEN)]);
  const mixed = b.op("MatMul", [b.op("Softmax", [masked], { axis: -1 }), project("value")]);
  return b.reshape(b.transpose(mixed, [0, 2, 1, 3]), [0, 0, config.hidden_size]);
}

/** x [N, T, in] -> [N, T, out]. PyTorch has kernels as [out, in]. */
function dense({ b, weights }: Layer, x: Tensor, name: string, out: number): Tensor {
  const inputs = x.shape[2] as number;
  const given = weights(`${name}.weight`, [out, inputs]);
  const kernel = new Float32Array(given.length);
  for (let o = 0; o < out; o++)
    for (let i = 0; i < inputs; i++) kernel[i * out + o] = given[o * inputs + i] as number;
  const product = b.op("MatMul", [x, b.floats("kernel", kernel, [inputs, out])]);
  return b.op("Add", [product, b.floats("bias", weights(`${name}.bias`, [out]))]);
}

function layerNorm({ b, weights, config }: Layer, x: Tensor, name: string): Tensor {
  const width = [config.hidden_size];
  const scale = b.floats("scale", weights(`${name}.weight`, width));
  const shift = b.floats("shift", weights(`${name}.bias`, width));
  return b.op("LayerNormalization", [x, scale, shift], {
    axis: -1,
    epsilon: config.layer_norm_eps,
  });
}

/** x * (1 + erf(x / sqrt 2)) / 2 */
function gelu(b: Builder, x: Tensor): Tensor {
  const erf = b.op("Erf", [b.op("Mul", [x, b.scalar(Math.SQRT1_2)])]);
  return b.op("Mul", [b.op("Mul", [x, b.scalar(0.5)]), b.op("Add", [erf, b.scalar(1)])]);
}

/** x [N, T, D], mask [N, T] -> [N, D] */
function meanOfTokens(b: Builder, x: Tensor, mask: Tensor): Tensor {
  const weight = b.unsqueeze(b.cast(mask, "float32"), [2]); // [N, T, 1]
  const sum = b.op("ReduceSum", [b.op("Mul", [x, weight]), b.ints([1])], { keepdims: 0 });
  const count = b.op("ReduceSum", [weight, b.ints([1])], { keepdims: 0 }); // [N, 1]
  return b.op("Div", [sum, b.op("Max", [count, b.scalar(SMALLEST_COUNT)])]);
}

/** Rows [N, D] divided by their lengths. */
function unitLength(b: Builder, x: Tensor): Tensor {
  const square = b.op("ReduceSum", [b.op("Mul", [x, x]), b.ints([1])], { keepdims: 1 });
  return b.op("Div", [x, b.op("Max", [b.op("Sqrt", [square]), b.scalar(SMALLEST_LENGTH)])]);
}
