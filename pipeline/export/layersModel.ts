/** Writes a layers model as an ONNX graph: its inputs, its layers in the order TensorFlow.js runs them, its outputs. */
import type { ModelArtifacts } from "./artifacts.ts";
import { builder } from "./builder.ts";
import { addOutput, type BuiltGraph, checkInputOptions, outputNames } from "./builtGraph.ts";
import { type Emission, emitModel } from "./emit.ts";
import { type ConversionIssue, ConvertError, firstOf, reject } from "./errors.ts";
import { closeOpenSizes } from "./graph/graphModel.ts";
import { type DType, type Shape, type Tensor, uniqueName } from "./ir.ts";
import type { ConvertOptions } from "./options.ts";
import { slowGates } from "./slowGates.ts";
import { type LayerDef, type ModelDef, readTopology } from "./topology.ts";
import { weightFinder } from "./weightNames.ts";
import type { Weights } from "./weights.ts";

/**
 * The graph of a layers model before any pass. Where it follows TensorFlow.js and this fails in a way in which
 * TensorFlow.js fails too, Keras is the original.
 *
 * @throws ConvertError with every issue found: topology, weights, layers that cannot be expressed, options.
 */
export function buildLayersModel(
  artifacts: ModelArtifacts,
  weights: Weights,
  options: ConvertOptions,
): BuiltGraph {
  if (options.cut) reject("options.cut", "only graph models can be cut at inner tensors");
  const model = readTopology(artifacts.modelTopology);
  const written = writeModel(model, weights, options);
  if ("graph" in written) return written;
  if (!written.failsInTfjs || !mayBeKeras(model)) throw new ConvertError(written.issues);
  const again = writeModel(readTopology(artifacts.modelTopology, true), weights, options);
  if ("graph" in again) return again;
  throw new ConvertError(again.issues);
}

/** Whether the file follows TensorFlow.js, which did not write it. */
function mayBeKeras({ layers }: ModelDef): boolean {
  const [first] = layers.values();
  return first?.dialect === "tfjs" && !first.kerasVersion.startsWith("tfjs");
}

/** The graph, or what is wrong. */
function writeModel(
  model: ModelDef,
  weights: Weights,
  options: ConvertOptions,
): BuiltGraph | Pick<Emission, "issues" | "failsInTfjs"> {
  const b = builder();
  const issues: ConversionIssue[] = [];
  const batch = options.batchName ?? "batch";
  const emission: Emission = {
    b,
    findWeight: weightFinder(weights),
    issues,
    failsInTfjs: false,
    usedWeights: new Set(),
    kwargs: undefined,
    states: new Map(),
    batch,
    purpose: options.for ?? "latency",
    layers: options.layers ?? {},
  };
  const own = {
    inputs: model.inputs.map(({ layer }) => layer),
    outputs: model.outputs.map(({ layer }) => layer),
  };
  const names = outputNames(own, options, issues);
  for (const name of names) b.graph.names.add(name);
  const inputs = model.inputs.map((ref) =>
    graphInput(emission, model.layers.get(ref.layer), options, names),
  );
  checkInputOptions(
    b.graph.inputs.map(({ name }) => name),
    options,
    issues,
  );
  const outputs = emitModel(emission, model, inputs, "");
  if (issues.length > 0) return emission;
  b.scope = "";
  for (const [i, output] of outputs.entries()) {
    if (output) addOutput(b.graph, output.tensor, names[i] as string);
  }
  const states: BuiltGraph["states"] = [];
  for (const { input, output } of emission.states.values()) {
    const name = uniqueName(b.graph, `${input.name}_out`);
    if (output) addOutput(b.graph, output, name);
    states.push({ input: input.name, output: name });
  }
  closeOpenSizes(b.graph);
  const unused = [...weights.keys()].filter((name) => !emission.usedWeights.has(name));
  const warnings = slowGates(b.graph);
  if (unused.length > 0)
    warnings.push(
      `${unused.length} weights belong to no layer that contributes to an output: ${firstOf(unused)}`,
    );
  return { graph: b.graph, states, warnings, name: model.name };
}

const TFJS_DTYPES: Record<string, DType> = { float32: "float32", int32: "int32", bool: "bool" };
/** Further types that Keras declares; what computes in another precision there is computed in float32. */
const KERAS_DTYPES: Record<string, DType> = {
  ...TFJS_DTYPES,
  int64: "int64",
  uint8: "uint8",
  float16: "float32",
  float64: "float32",
  bfloat16: "float32",
};

/** A graph input of the requested type, cast to the type that tfjs declares. */
function graphInput(
  emission: Emission,
  layer: LayerDef | undefined,
  options: ConvertOptions,
  outputs: readonly string[],
): Tensor {
  if (layer?.className !== "InputLayer")
    reject(layer?.path ?? "input_layers", "an input of the model is not an InputLayer");
  const { b } = emission;
  const dtypes = layer.dialect === "tfjs" ? TFJS_DTYPES : KERAS_DTYPES;
  const declared = dtypes[String(layer.config.dtype ?? "float32")];
  if (!declared)
    reject(
      layer.path,
      `input dtype "${layer.config.dtype}" is not one of ${Object.keys(dtypes).join(", ")}`,
    );
  const requested = options.inputs?.[layer.name];
  const shape = inputShape(layer, emission.batch, requested?.shape);
  const input: Tensor = { name: layer.name, dtype: requested?.dtype ?? declared, shape };
  if (b.graph.names.has(layer.name))
    reject(
      layer.path,
      `the name "${layer.name}" is used for an input and ${outputs.includes(layer.name) ? "an output" : "another input"}`,
    );
  b.graph.names.add(layer.name);
  b.graph.inputs.push(input);
  b.graph.values.set(input.name, input);
  b.scope = layer.name;
  return b.cast(input, declared);
}

/** The requested sizes, else the declared ones; sizes that are still open get a name. */
function inputShape(
  layer: LayerDef,
  batch: string,
  requested: readonly (number | string)[] | undefined,
): Shape {
  const config = layer.config;
  const given =
    config.batchInputShape ??
    (Array.isArray(config.inputShape) ? [null, ...config.inputShape] : undefined);
  if (given === undefined && requested) return requested;
  if (given === undefined) {
    reject(
      layer.path,
      `the model says nothing about its input's shape; give it with --input-shape ${layer.name}=batch,..., in code as options.inputs["${layer.name}"].shape`,
    );
  }
  const isSize = (d: unknown) => d === null || (Number.isInteger(d) && Number(d) > 0);
  if (!Array.isArray(given) || !given.every(isSize)) {
    reject(layer.path, `batch_input_shape must be a list of sizes, it is ${JSON.stringify(given)}`);
  }
  if (requested && requested.length !== given.length) {
    reject(
      layer.path,
      `the requested shape [${requested}] has rank ${requested.length}; the model's input has rank ${given.length}`,
    );
  }
  return given.map((d: number | null, i) => {
    const wanted = requested?.[i];
    if (wanted !== undefined && d !== null && typeof wanted === "number" && wanted !== d && i > 0) {
      reject(layer.path, `the requested shape [${requested}] contradicts the model's [${given}]`);
    }
    return wanted ?? d ?? (i === 0 ? batch : `${layer.name}_${i}`);
  });
}
