/** A model's weights by name: how they start, and how they move between models and files. */

import { tensor } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Random } from "../common/random.ts";

/** Weight name, e.g. "poster_block1_conv/kernel" -> values, row-major. */
export type Weights = ReadonlyMap<string, Float32Array>;

/**
 * Draws a model's weights, each from a stream named after it, so that a layer more or less changes no other weight.
 *
 * @param fixed Weights that do not start at random.
 */
export function initialiseWeights(model: LayersModel, fixed: Weights, random: Random): void {
  const drawn = new Map(fixed);
  const activations = new Map(
    model.layers.map((layer) => [layer.name, layer.getConfig().activation]),
  );
  for (const { name, shape } of namedWeights(model)) {
    if (drawn.has(name)) continue;
    // "dense/kernel"; of a wrapped layer "bidirectional/forward_gru/kernel".
    const [layer, ...inner] = name.split("/") as [string, ...string[]];
    const values = initialValues(
      inner.at(-1)!,
      shape,
      random.fork(name),
      activations.get(layer) === "relu" || layer.includes("_conv"),
    );
    // What has no rule of its own (biases, normalisation) starts as tfjs starts it.
    if (values) drawn.set(name, values);
  }
  setWeights(model, drawn, "partial");
}

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
 * @param mode "complete" demands a value for every weight of the model; "partial" leaves the others as they are.
 * @throws Error naming every weight that is missing or of another size.
 */
export function setWeights(
  model: LayersModel,
  weights: Weights,
  mode: "complete" | "partial" = "complete",
): void {
  const current = model.getWeights();
  const faults: string[] = [];
  const created: ReturnType<typeof tensor>[] = [];
  const next = namedWeights(model).map(({ name, shape }, i) => {
    const values = weights.get(name);
    if (!values) {
      if (mode === "complete") faults.push(`${name} is missing`);
      return current[i]!;
    }
    const size = shape.reduce((product, dim) => product * dim, 1);
    if (values.length !== size) {
      faults.push(`${name} has ${values.length} values, the model needs ${size}`);
      return current[i]!;
    }
    const made = tensor(values, [...shape]);
    created.push(made);
    return made;
  });
  if (faults.length === 0) model.setWeights(next);
  for (const made of created) made.dispose();
  if (faults.length > 0) throw new Error(`weights do not fit the model: ${faults.join("; ")}`);
}

function namedWeights(model: LayersModel): { name: string; shape: readonly number[] }[] {
  // `name` is counted up ("dense/kernel_1") when a process builds a model again; `originalName` is not.
  return model.weights.map((weight) => ({
    name: weight.originalName,
    shape: weight.shape as number[],
  }));
}
