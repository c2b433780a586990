/** Rewrites a model that TensorFlow.js cannot load into one that it can: Keras 3's config as Keras 2's. */
import { isRecord, type LayerConfig } from "../config.ts";
import { COMPUTES_NOTHING, lackOfTfjs } from "../dialect.ts";
import type { LayerInputs, TensorRef } from "../nodes.ts";
import { type LayerDef, type ModelDef, readWrapped } from "../topology.ts";

/** A layer or model as Keras 2 writes it. */
interface KerasObject {
  class_name: string;
  config: LayerConfig;
}

/** A topology for tfjs, and the layers of the original by the names that they have in it. */
export interface Rewritten {
  topology: KerasObject;
  layers: ReadonlyMap<string, LayerDef>;
}

/** A layer on which tfjs can give no second opinion, and why, as what tfjs does. */
export interface Reason {
  path: string;
  className: string;
  what: string;
}

/** Every such layer, those inside models and wrappers too. */
export function notComparable(model: ModelDef): Reason[] {
  return [...model.layers.values()].flatMap(reasonsOf);
}

function reasonsOf(layer: LayerDef): Reason[] {
  if (layer.model) return notComparable(layer.model);
  const { path, className, config } = layer;
  if (asRescaling(layer)) return [];
  const constants = layer.calls.some(({ args }) => args?.some((arg) => typeof arg === "number"));
  const what =
    lackOfTfjs(layer, layer.dialect) ??
    (constants ? "takes no numbers as inputs of a layer" : undefined) ??
    (layer.calls.some((call) => readsMore(className, call))
      ? "reads no masks and weights as arguments of a call"
      : undefined);
  const own = what ? [{ path, className, what }] : [];
  return isRecord(config.layer) ? [...own, ...reasonsOf(readWrapped(config.layer, layer))] : own;
}

/** Whether a call has a mask, or tensors that tfjs would take for further inputs. */
const readsMore = (className: string, { mask, inputs }: LayerInputs): boolean =>
  mask !== undefined || (/^(Softmax|CategoryEncoding)$/.test(className) && inputs.length > 1);

/** An operation on a tensor and a number, such as x / 127.5 - 1, as tfjs has it: [scale, offset]. */
const RESCALINGS: Readonly<
  Record<string, (c: number, tensorFirst: boolean) => [number, number] | undefined>
> = {
  Add: (c) => [1, c],
  Subtract: (c, tensorFirst) => (tensorFirst ? [1, -c] : [-1, c]),
  Multiply: (c) => [c, 0],
  Divide: (c, tensorFirst) => (tensorFirst ? [1 / c, 0] : undefined),
  TrueDivide: (c, tensorFirst) => (tensorFirst ? [1 / c, 0] : undefined),
};

function asRescaling(layer: LayerDef): KerasObject | undefined {
  const [call, ...more] = layer.calls;
  const [first, second] = call?.args ?? [];
  const constant = typeof first === "number" ? first : second;
  if (typeof constant !== "number" || call?.inputs.length !== 1 || more.length > 0)
    return undefined;
  const found = RESCALINGS[layer.className]?.(constant, typeof first !== "number");
  if (!found) return undefined;
  const [scale, offset] = found;
  return { class_name: "Rescaling", config: { name: nameOf(layer), scale, offset } };
}

/** Layers inside other models get the path for their name: tfjs finds weights by the layer's name alone. */
const nameOf = ({ path }: LayerDef) => path.replaceAll("/", ".");

export function asKeras2(model: ModelDef): Rewritten {
  const layers = new Map<string, LayerDef>();
  return { topology: rewriteModel(model, model.name || "model", layers), layers };
}

function rewriteModel(model: ModelDef, name: string, found: Map<string, LayerDef>): KerasObject {
  const layers = [...model.layers.values()];
  const ref = ({ layer, call, tensor }: TensorRef): [string, number, number] => {
    const source = model.layers.get(layer) as LayerDef;
    // tfjs counts a model's own definition as its first call
    const index = call - source.firstCall + (source.model ? 1 : 0);
    return [nameOf(source), index, tensor];
  };
  if (model.kind === "Sequential") {
    return {
      class_name: "Sequential",
      config: { name, layers: layers.map((layer) => rewriteLayer(layer, found)) },
    };
  }
  return {
    class_name: "Model",
    config: {
      name,
      layers: layers.map((layer) => ({
        ...rewriteLayer(layer, found),
        name: nameOf(layer),
        inbound_nodes: layer.calls.map(({ inputs }) => inputs.map((input) => [...ref(input), {}])),
      })),
      input_layers: model.inputs.map(ref),
      output_layers: model.outputs.map(ref),
    },
  };
}

function rewriteLayer(layer: LayerDef, found: Map<string, LayerDef>): KerasObject {
  const name = nameOf(layer);
  found.set(name, layer);
  if (layer.model) return rewriteModel(layer.model, name, found);
  if (COMPUTES_NOTHING.includes(layer.className))
    return { class_name: "Activation", config: { name, activation: "linear" } };
  return (
    asRescaling(layer) ?? {
      class_name: layer.className,
      config: rewriteConfig(layer, name, found),
    }
  );
}

const ZEROS = { class_name: "Zeros", config: {} };

/** Initial values are replaced by the weights, so what Keras 3 says of them need not be understood. */
function rewriteConfig(layer: LayerDef, name: string, found: Map<string, LayerDef>): LayerConfig {
  const { className, config } = layer;
  const kept = Object.entries(config).filter(
    ([key]) => !/(Regularizer|Constraint|^batchShape|^backwardLayer)$/.test(key),
  );
  const plain = kept.map(([key, value]): [string, unknown] => {
    if (key.endsWith("Initializer")) return [key, ZEROS];
    if (key === "dtype") return [key, typeof value === "string" ? value : "float32"];
    if (/^(a|recurrentA)ctivation$/.test(key)) return [key, value === "silu" ? "swish" : value];
    return [key, value];
  });
  const rewritten: Record<string, unknown> = { ...Object.fromEntries(plain), name };
  if (className !== "InputLayer") delete rewritten.batchInputShape;
  // tfjs computes its default, an orthogonal matrix, on the CPU
  if (/RNN|GRU|LSTM/.test(className)) rewritten.recurrentInitializer = ZEROS;
  if (className.startsWith("SeparableConv")) delete rewritten.kernelInitializer;
  if (className === "LeakyReLU") rewritten.alpha ??= rewritten.negativeSlope;
  if (isRecord(config.layer)) {
    const inner = readWrapped(config.layer, layer);
    rewritten.layer = inner.model
      ? rewriteModel(inner.model, inner.name, found)
      : { class_name: inner.className, config: rewriteConfig(inner, inner.name, new Map()) };
  }
  return rewritten;
}
