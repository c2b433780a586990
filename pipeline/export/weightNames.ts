/** Finds a layer's weight under whichever name the exporter gave it. */
import type { LayerDef } from "./topology.ts";
import type { Weight, Weights } from "./weights.ts";

/** Finds `<prefix>/<name>`, a weight of a layer or of one inside it. */
export type FindWeight = (prefix: string, name: string, layer: LayerDef) => Weight | undefined;

/** The order of the weights inside a layer: what `dense/0`, `dense/1` stand for. */
const ORDER: Readonly<Record<string, readonly string[]>> = {
  BatchNormalization: ["gamma", "beta", "moving_mean", "moving_variance"],
  LayerNormalization: ["gamma", "beta"],
  GroupNormalization: ["gamma", "beta"],
  RMSNormalization: ["scale"],
  Attention: ["scale"],
  Normalization: ["mean", "variance"],
  Embedding: ["embeddings"],
  PReLU: ["alpha"],
  DepthwiseConv1D: ["depthwise_kernel", "bias"],
  DepthwiseConv2D: ["depthwise_kernel", "bias"],
  SeparableConv1D: ["depthwise_kernel", "pointwise_kernel", "bias"],
  SeparableConv2D: ["depthwise_kernel", "pointwise_kernel", "bias"],
};
const RECURRENT = /RNN|GRU|LSTM|Bidirectional/;
/** Weights that are absent where a flag of the config is false. */
const FLAGS: Readonly<Record<string, string>> = { gamma: "scale", beta: "center", bias: "useBias" };
/** Other names of a weight, by class. */
const ALIASES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  DepthwiseConv1D: { depthwise_kernel: "kernel" },
  DepthwiseConv2D: { depthwise_kernel: "kernel" },
  RMSNormalization: { scale: "gamma" },
};

/** Loading a Bidirectional from Keras 3 repeats what it put before its layer's name: `forward_forward_lstm`. */
const direction = (token: string) =>
  token.replace(/^(forward|backward)_(?:(?:forward|backward)_)*/, "$1_");

interface Named {
  /** The parts of the name before the last. */
  path: readonly string[];
  weight: Weight;
}

/**
 * The conventions, in this order: the names of the models around the layer and its own, where the file has just that
 * (Keras 3); the plain name (tfjs, Keras 2); the name with the cell's before the last part
 * (TensorFlow 2.2 and later: `lstm/lstm_cell_1/kernel`); names with the models around the layer in front, or the
 * layers inside behind (`sequential/conv2d/kernel`); and the index among the layer's weights (`dense/0`, in .keras
 * files `layers/dense/vars/0`). A name that could mean two weights means none.
 */
export function weightFinder(weights: Weights): FindWeight {
  const short = new Map<string, Weight | undefined>();
  const byLast = new Map<string, Named[]>();
  const indexed = new Map<string, { index: number; weight: Weight }[]>();
  for (const [name, weight] of weights) {
    const tokens = name.replaceAll("\\", "/").split("/");
    const last = tokens.at(-1) as string;
    const outer = [...tokens.slice(0, -2), last].join("/");
    if (tokens.length > 2 && !weights.has(outer))
      short.set(outer, short.has(outer) ? undefined : weight);
    byLast.set(last, [
      ...(byLast.get(last) ?? []),
      { path: tokens.slice(0, -1).map(direction), weight },
    ]);
    if (/^\d+$/.test(last)) {
      const prefix = tokens.slice(0, tokens.at(-2) === "vars" ? -2 : -1).join("/");
      const key = prefix.replace(/^_layer_checkpoint_dependencies\//, "layers/");
      indexed.set(key, [...(indexed.get(key) ?? []), { index: Number(last), weight }]);
    }
  }
  /** Which layer found which weight by a name that is not its own. */
  const taken = new Map<Weight, string>();
  return (prefix, name, layer) => {
    const names = [name, ALIASES[layer.className]?.[name] ?? name];
    const full = fullPrefix(prefix, layer).join("/");
    for (const n of names) {
      // a layer outside the models may have the plain name
      const found =
        weights.get(`${full}/${n}`) ?? weights.get(`${prefix}/${n}`) ?? short.get(`${prefix}/${n}`);
      if (found) return found;
    }
    const found =
      names.map((n) => around(byLast.get(n) ?? [], prefix, layer)).find((w) => w) ??
      byIndex(indexed, prefix, name, layer);
    if (!found) return undefined;
    const owner = `${layer.path}:${prefix}/${name}`;
    if ((taken.get(found) ?? owner) !== owner) return undefined;
    taken.set(found, owner);
    return found;
  };
}

/** The prefix behind the names of the models and wrappers around the layer. */
const fullPrefix = (prefix: string, { path }: LayerDef): string[] => [
  ...path.split("/").slice(0, -1),
  ...prefix.split("/"),
];

/** The weight whose name has the prefix in it, and as little else as possible; of two, the one in the same models. */
function around(named: readonly Named[], prefix: string, layer: LayerDef): Weight | undefined {
  const own = prefix.split("/").map(direction);
  const full = fullPrefix(prefix, layer).map(direction);
  for (const wanted of [full, own]) {
    const fitting = named.filter(({ path }) => isWithin(wanted, path));
    const shortest = Math.min(...fitting.map(({ path }) => path.length));
    const best = fitting.filter(({ path }) => path.length === shortest);
    if (best.length > 1) return undefined;
    if (best[0]) return best[0].weight;
  }
  return undefined;
}

/** Whether `path` has all parts of `wanted` in their order. */
function isWithin(wanted: readonly string[], path: readonly string[]): boolean {
  let at = 0;
  for (const token of path) if (token === wanted[at]) at++;
  return at === wanted.length;
}

/** The weight by its place in the layer's order. */
function byIndex(
  indexed: ReadonlyMap<string, { index: number; weight: Weight }[]>,
  prefix: string,
  name: string,
  { className, config, stored }: LayerDef,
): Weight | undefined {
  const inside = [...indexed.keys()].filter(
    (key) => key === stored || key.startsWith(`${stored}/`),
  );
  const list =
    indexed.get(prefix) ?? (inside.length === 1 ? indexed.get(inside[0] as string) : undefined);
  const order =
    ORDER[className] ??
    (RECURRENT.test(className) ? ["kernel", "recurrent_kernel", "bias"] : ["kernel", "bias"]);
  const present = order.filter((n) => config[FLAGS[n] ?? ""] !== false);
  return list?.sort((a, b) => a.index - b.index)[present.indexOf(name)]?.weight;
}
