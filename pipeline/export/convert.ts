/** The converter's library entry: a tfjs LayersModel in memory goes in, ONNX bytes come out. */
import {
  joined,
  type ModelArtifacts,
  totalBytes,
  type WeightData,
  type WeightSpec,
} from "./artifacts.ts";
import { builder } from "./builder.ts";
import { type Emission, emitModel } from "./emit.ts";
import { type ConversionIssue, ConvertError, firstOf, reject } from "./errors.ts";
import { isGraphDef } from "./graph/graphDef.ts";
import { addOutput, buildGraphModel } from "./graph/graphModel.ts";
import { bodiesOf, type DType, type Graph, type Shape, type Tensor, uniqueName } from "./ir.ts";
import { encode } from "./onnx/encode.ts";
import type { ExternalData } from "./onnx/external.ts";
import { type ConvertOptions, checkOptions } from "./options.ts";
import { removeDead } from "./passes/cleanup.ts";
import { optimise } from "./passes/optimise.ts";
import { PRECISION_NAMES, PRECISIONS, type Precision } from "./precision/precisions.ts";
import { packTables } from "./precision/q8.ts";
import { type InputValues, indexLimits, inputValues } from "./ranges.ts";
import { type LayerDef, type ModelDef, readTopology } from "./topology.ts";
import { webgpuCpuNodes } from "./webgpu.ts";
import { weightFinder } from "./weightNames.ts";
import { readWeights, type Weights } from "./weights.ts";

export type { LayersArtifacts, ModelArtifacts, WeightSpec } from "./artifacts.ts";
export type { Builder } from "./builder.ts";
export { refuse } from "./errors.ts";
export type { Constant, Tensor } from "./ir.ts";
export type { LayerCall, LayerFunction } from "./layers/layer.ts";
export type { ConvertOptions, InputDType } from "./options.ts";
export type { Precision } from "./precision/precisions.ts";

/** A graph input or output; a size is a number, a symbolic name, or null where it has none. */
export interface GraphTensor {
  name: string;
  dtype: DType;
  shape: Shape;
  /** For an input that indexes a table: values are whole numbers from 0 to this minus 1. */
  below?: number;
  /**
   * For a float32 input: what its values are, as far as the graph tells. `bytes` are 0 to 255, which the graph rescales
   * first; `one-hot` are rows with a single 1, of as many classes as a softmax output has.
   */
  values?: InputValues;
}

/** The ONNX file and a description of it. */
export interface Conversion {
  /** The file as a whole. */
  readonly onnx: Uint8Array;
  /** The same in parts, which are views of the weights: writing them one after another takes no memory. */
  parts: readonly Uint8Array[];
  /** The weights, where `options.externalData` has put them beside the file. */
  externalData?: ExternalData;
  inputs: GraphTensor[];
  outputs: GraphTensor[];
  /** Nodes in the finished graph. */
  nodes: number;
  /** How often each operator occurs. */
  ops: Record<string, number>;
  /** Bytes of all constants. */
  initializerBytes: number;
  /** Of stateful layers: feed zeros first, then the outputs of the previous call. */
  states: { input: string; output: string }[];
  /**
   * For `forceCpuNodeNames` of onnxruntime's WebGPU provider: nodes it takes but cannot run. Where empty, leave the
   * option out.
   */
  webgpuCpuNodes: string[];
  /** Remarks that do not stop the conversion. */
  warnings: string[];
}

/** Protobuf's limit. */
const LARGEST_FILE = 2 ** 31 - 1;

/** producer_version of the file: raised whenever equal models give other graphs than before. */
const VERSION = "2";

/**
 * Converts a LayersModel to ONNX (opset 17, IR 8). Equal artifacts and options give equal bytes.
 * Throws ConvertError with every issue found: bad topology or weights, layers that cannot be expressed,
 * options that name no input or output.
 */
export function convert(artifacts: ModelArtifacts, options: ConvertOptions = {}): Conversion {
  checkOptions(options);
  const { weightSpecs = [], weightData } = artifacts;
  if (!Array.isArray(artifacts.weightSpecs) || weightData === undefined) {
    reject(
      "artifacts",
      "weightSpecs and weightData are missing; a topology alone cannot be converted",
    );
  }
  const source = isGraphDef(artifacts.modelTopology) ? GRAPH_MODEL : LAYERS_MODEL;
  const { graph, states, warnings, name } = source.build(
    artifacts,
    weightSpecs,
    weightData,
    options,
  );
  const limits = indexLimits(graph);
  const values = inputValues(graph);
  optimise(graph);
  lowerPrecision(graph, options.dtype ?? "fp32");
  const { parts, external } = encode(graph, {
    name: options.name ?? (name || "model"),
    docString:
      options.docString ??
      `Converted from ${name ? `the TensorFlow.js model "${name}"` : `a ${source.name}`}.`,
    producerVersion: VERSION,
    metadata: {
      source: source.name,
      precision: options.dtype ?? "fp32",
      ...originOf(artifacts),
      ...options.metadata,
    },
    valueInfo: options.valueInfo ?? true,
    external: options.externalData,
  });
  const byteLength = totalBytes(parts);
  if (byteLength > LARGEST_FILE)
    reject(
      "options.externalData",
      `the file would have ${(byteLength / 1e9).toFixed(1)} GB, and protobuf files end at 2 GB; name a file for the weights: externalData: { path: "model.onnx.data" }`,
    );
  let onnx: Uint8Array | undefined;
  const describe = ({ name, dtype, shape }: Tensor): GraphTensor => {
    const below = limits.get(name);
    const kind = below === undefined ? values.get(name) : undefined;
    return {
      name,
      dtype,
      shape,
      ...(below === undefined ? {} : { below }),
      ...(kind ? { values: kind } : {}),
    };
  };
  return {
    get onnx() {
      onnx ??= joined(parts);
      return onnx;
    },
    parts,
    ...(external ? { externalData: external } : {}),
    inputs: graph.inputs.map(describe),
    outputs: graph.outputs.map(describe),
    nodes: graph.nodes.length,
    ops: countOps(graph),
    initializerBytes: constantBytes(graph),
    states,
    webgpuCpuNodes: webgpuCpuNodes(graph),
    warnings,
  };
}

/** The programs that wrote the model, as its model.json names them. */
function originOf({ generatedBy, convertedBy }: ModelArtifacts): Record<string, string> {
  return { ...(generatedBy ? { generatedBy } : {}), ...(convertedBy ? { convertedBy } : {}) };
}

/** Runs last, for every other pass works on float32 constants. */
function lowerPrecision(graph: Graph, dtype: Precision): void {
  if (!Object.hasOwn(PRECISIONS, dtype))
    reject("options.dtype", `"${dtype}" is not one of ${PRECISION_NAMES.join(", ")}`);
  packTables(graph);
  PRECISIONS[dtype](graph);
  removeDead(graph);
}

interface BuiltGraph {
  graph: Graph;
  states: Conversion["states"];
  warnings: string[];
  /** The model's own name. */
  name: string;
}

/** A format of models, and what writes its graph before any pass. */
interface Source {
  readonly name: string;
  build(
    artifacts: ModelArtifacts,
    weightSpecs: readonly WeightSpec[],
    weightData: WeightData,
    options: ConvertOptions,
  ): BuiltGraph;
}

const GRAPH_MODEL: Source = {
  name: "TensorFlow.js GraphModel",
  build(artifacts, weightSpecs, weightData, options) {
    // constants may be infinite: masks of attention are
    const weights = readWeights(weightSpecs, weightData, { finite: false });
    const graph = buildGraphModel(artifacts, weights, options);
    return { graph, states: [], warnings: [], name: "" };
  },
};

const LAYERS_MODEL: Source = {
  name: "TensorFlow.js LayersModel",
  build(artifacts, weightSpecs, weightData, options) {
    if (options.cut) reject("options.cut", "only graph models can be cut at inner tensors");
    const model = readTopology(artifacts.modelTopology);
    const weights = readWeights(weightSpecs, weightData);
    return { ...buildLayersModel(model, weights, options), name: model.name };
  },
};

/** The graph as the layers write it. */
function buildLayersModel(
  model: ModelDef,
  weights: Weights,
  options: ConvertOptions,
): Omit<BuiltGraph, "name"> {
  const b = builder();
  const issues: ConversionIssue[] = [];
  const batch = options.batchName ?? "batch";
  const emission: Emission = {
    b,
    findWeight: weightFinder(weights),
    issues,
    usedWeights: new Set(),
    kwargs: undefined,
    states: new Map(),
    batch,
    layers: options.layers ?? {},
  };
  const names = outputNames(model, options, issues);
  for (const name of names) b.graph.names.add(name);
  const inputs = model.inputs.map((ref) =>
    graphInput(emission, model.layers.get(ref.layer), options, names),
  );
  const known = new Set(b.graph.inputs.map((t) => t.name));
  for (const name of Object.keys(options.inputs ?? {})) {
    if (!known.has(name))
      issues.push({
        path: `options.inputs.${name}`,
        message: `the model has no input "${name}"; its inputs are ${[...known].join(", ")}`,
      });
  }
  const outputs = emitModel(emission, model, inputs, "");
  if (issues.length > 0) throw new ConvertError(issues);
  b.scope = "";
  for (const [i, output] of outputs.entries()) {
    if (output) addOutput(b.graph, output.tensor, names[i] as string);
  }
  const states: Conversion["states"] = [];
  for (const { input, output } of emission.states.values()) {
    const name = uniqueName(b.graph, `${input.name}_out`);
    if (output) addOutput(b.graph, output, name);
    states.push({ input: input.name, output: name });
  }
  const unused = [...weights.keys()].filter((name) => !emission.usedWeights.has(name));
  const warnings =
    unused.length > 0
      ? [
          `${unused.length} weights belong to no layer that contributes to an output: ${firstOf(unused)}`,
        ]
      : [];
  return { graph: b.graph, states, warnings };
}

/** Layer names, made unique where one layer has several outputs. */
function outputNames(
  model: ModelDef,
  options: ConvertOptions,
  issues: ConversionIssue[],
): string[] {
  const wanted = options.outputNames;
  if (
    wanted &&
    (wanted.length !== model.outputs.length || new Set(wanted).size !== wanted.length)
  ) {
    issues.push({
      path: "options.outputNames",
      message: `${model.outputs.length} different names are needed, got ${JSON.stringify(wanted)}`,
    });
  }
  const taken = new Set<string>(model.inputs.map((ref) => ref.layer));
  return model.outputs.map(({ layer }, i) => {
    let name = wanted?.[i] ?? layer;
    for (let k = 1; taken.has(name); k++) name = `${wanted?.[i] ?? layer}_${k}`;
    taken.add(name);
    return name;
  });
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
  if (!Array.isArray(given) || given.some((d) => d !== null && typeof d !== "number")) {
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

/** The bytes of all constants, those in bodies included. */
function constantBytes(graph: Graph): number {
  let bytes = 0;
  for (const { data } of graph.constants.values()) bytes += data.byteLength;
  for (const body of graph.nodes.flatMap(bodiesOf)) bytes += constantBytes(body);
  return bytes;
}

function countOps(graph: Graph): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { op } of graph.nodes) counts[op] = (counts[op] ?? 0) + 1;
  return counts;
}
