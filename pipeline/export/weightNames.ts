/** Finds a layer's weight under whichever name the exporter gave it. */
import type { LayerConfig } from "./config.ts";
import type { Weight, Weights } from "./weights.ts";

/** Finds `<prefix>/<name>` for a layer of a class and config. */
export type FindWeight = (
  prefix: string,
  name: string,
  className: string,
  config: LayerConfig,
) => Weight | undefined;

/** The order of the weights inside a layer: what `dense/0`, `dense/1` stand for. */
const ORDER: Readonly<Record<string, readonly string[]>> = {
  BatchNormalization: ["gamma", "beta", "moving_mean", "moving_variance"],
  LayerNormalization: ["gamma", "beta"],
  Embedding: ["embeddings"],
  PReLU: ["alpha"],
  DepthwiseConv2D: ["depthwise_kernel", "bias"],
  SeparableConv2D: ["depthwise_kernel", "pointwise_kernel", "bias"],
};
const RECURRENT = /RNN|GRU|LSTM|Bidirectional/;
/** Weights that are absent where a flag of the config is false. */
const FLAGS: Readonly<Record<string, string>> = { gamma: "scale", beta: "center", bias: "useBias" };

/**
 * Three conventions: the plain name (tfjs, Keras 2), the name with the cell's before the last part (TensorFlow 2.2
 * and later: `lstm/lstm_cell_1/kernel`), and the index among the layer's weights (Keras 3).
 */
export function weightFinder(weights: Weights): FindWeight {
  const short = new Map<string, Weight>();
  const indexed = new Map<string, { index: number; weight: Weight }[]>();
  for (const [name, weight] of weights) {
    const tokens = name.split("/");
    const last = tokens.at(-1) as string;
    const outer = [...tokens.slice(0, -2), last].join("/");
    if (tokens.length > 2 && !weights.has(outer)) short.set(outer, weight);
    if (/^\d+$/.test(last)) {
      const prefix = tokens.slice(0, -1).join("/");
      indexed.set(prefix, [...(indexed.get(prefix) ?? []), { index: Number(last), weight }]);
    }
  }
  return (prefix, name, className, config) => {
    const full = `${prefix}/${name}`;
    const found = weights.get(full) ?? short.get(full);
    if (found) return found;
    const list = indexed.get(prefix);
    const order =
      ORDER[className] ??
      (RECURRENT.test(className) ? ["kernel", "recurrent_kernel", "bias"] : ["kernel", "bias"]);
    const present = order.filter((n) => config[FLAGS[n] ?? ""] !== false);
    return list?.sort((a, b) => a.index - b.index)[present.indexOf(name)]?.weight;
  };
}
