/** A model's weights by name: initial values, and copying between models and files. */

import { tensor } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Random } from "../common/random.ts";
import { MIN_ELEMENTS } from "../export/precision/q8.ts";
import { snapColumns } from "../fit/grid.ts";

/** Weight name, e.g. "poster_block1_conv/kernel" -> values, row-major. */
export type Weights = ReadonlyMap<string, Float32Array>;

/**
 * Draws a model's weights, each from a random stream named after it, so that adding or removing a layer does not change any
 * other weight.
 *
 * @param fixed Weights that are not drawn at random.
 */
export function initialiseWeights(model: LayersModel, fixed: Weights, random: Random): void {
  const drawn = new Map(fixed);
  const configs = new Map(model.layers.map((layer) => [layer.name, layer.getConfig()]));
  for (const { name, shape } of namedWeights(model)) {
    if (drawn.has(name)) continue;
    // "dense/kernel", or "bidirectional/forward_gru/kernel" for a wrapped layer.
    const [layer, ...inner] = name.split("/") as [string, ...string[]];
    const config = configs.get(layer);
    if (isZeros(config?.embeddingsInitializer ?? config?.kernelInitializer)) continue;
    const values = initialValues(
      inner.at(-1)!,
      shape,
      random.fork(name),
      config?.activation === "relu" || layer.includes("_conv"),
    );
    // Weights without a rule here (biases, normalisation) keep tfjs's initial values.
    if (values) drawn.set(name, values);
  }
  setWeights(model, drawn, "partial");
}

/** Whether a layer's config asks for zeros, as tfjs has them already. */
function isZeros(initializer: unknown): boolean {
  return (initializer as { className?: string } | undefined)?.className === "Zeros";
}

/** Initial values of a weight; undefined for those that keep tfjs's. */
function initialValues(
  part: string,
  shape: readonly number[],
  random: Random,
  rectified: boolean,
): Float32Array | undefined {
  const size = shape.reduce((product, dim) => product * dim, 1);
  if (part === "embeddings") {
    return Float32Array.from({ length: size }, () => 0.05 * random.normal());
  }
  if (!part.endsWith("kernel")) return undefined;
  const receptive = shape.slice(0, -2).reduce((product, dim) => product * dim, 1);
  const fanIn = receptive * (shape.at(-2) ?? 1);
  const fanOut = receptive * (shape.at(-1) ?? 1);
  // He et al. 2015 where a ReLU follows, Glorot and Bengio 2010 elsewhere.
  const std = rectified ? Math.sqrt(2 / fanIn) : Math.sqrt(2 / (fanIn + fanOut));
  return Float32Array.from({ length: size }, () => std * random.normal());
}

/** Copies a model's weights out. */
export async function getWeights(model: LayersModel): Promise<Map<string, Float32Array>> {
  const tensors = model.getWeights();
  const values = await Promise.all(tensors.map((tensor) => tensor.data<"float32">()));
  return new Map(namedWeights(model).map(({ name }, i) => [name, values[i]!.slice()]));
}

/**
 * Sets a model's weights.
 *
 * @param mode "complete" requires values for every weight of the model; "partial" leaves the others unchanged.
 * @throws Error naming every weight that is missing or of another size; the model is then unchanged.
 */
export function setWeights(
  model: LayersModel,
  weights: Weights,
  mode: "complete" | "partial" = "complete",
): void {
  const current = model.getWeights();
  const issues: string[] = [];
  const created: ReturnType<typeof tensor>[] = [];
  const next = namedWeights(model).map(({ name, shape }, i) => {
    const values = weights.get(name);
    if (!values) {
      if (mode === "complete") issues.push(`${name} is missing`);
      return current[i]!;
    }
    const size = shape.reduce((product, dim) => product * dim, 1);
    if (values.length !== size) {
      issues.push(`${name} has ${values.length} values, the model needs ${size}`);
      return current[i]!;
    }
    const value = tensor(values, [...shape]);
    created.push(value);
    return value;
  });
  if (issues.length === 0) model.setWeights(next);
  for (const value of created) value.dispose();
  if (issues.length > 0) throw new Error(`weights do not fit the model: ${issues.join("; ")}`);
}

/**
 * Rounds in place the kernels that are large enough for the exporter to pack, to an 8-bit grid for each output channel; see
 * `snapRows`.
 *
 * @param weights Of the model.
 */
export function roundKernels(model: LayersModel, weights: Weights): void {
  for (const { name, shape } of namedWeights(model)) {
    const values = weights.get(name);
    if (!values || !name.endsWith("kernel") || values.length < MIN_ELEMENTS) continue;
    const [channels, outputs] = shape.slice(-2) as [number, number];
    // [height, width, channels, outputs per channel]
    snapColumns(values, name.endsWith("depthwise_kernel") ? channels * outputs : outputs);
  }
}

function namedWeights(model: LayersModel): { name: string; shape: readonly number[] }[] {
  // `name` gets a suffix ("dense/kernel_1") when a process builds a model again; `originalName` does not.
  return model.weights.map((weight) => ({
    name: weight.originalName,
    shape: weight.shape as number[],
  }));
}
