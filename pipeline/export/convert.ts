/** The converter's library entry: a TensorFlow.js model in memory goes in, ONNX bytes come out. */
import { joined, type ModelArtifacts, totalBytes } from "./artifacts.ts";
import type { BuiltGraph } from "./builtGraph.ts";
import { reject } from "./errors.ts";
import { isGraphDef } from "./graph/graphDef.ts";
import { buildGraphModel } from "./graph/graphModel.ts";
import { bodiesOf, type DType, type Graph, type Shape, type Tensor } from "./ir.ts";
import { buildLayersModel } from "./layersModel.ts";
import { encode } from "./onnx/encode.ts";
import type { ExternalData } from "./onnx/external.ts";
import { type ConvertOptions, checkOptions } from "./options.ts";
import { removeDead } from "./passes/cleanup.ts";
import { runOnlyGiven } from "./passes/onlyGiven.ts";
import { optimise } from "./passes/optimise.ts";
import { shareConstants } from "./passes/share.ts";
import { PRECISION_NAMES, PRECISIONS, type Precision } from "./precision/precisions.ts";
import { packTables } from "./precision/q8.ts";
import { type Front, prepend } from "./prepend.ts";
import { type InputValues, indexLimits, inputValues } from "./ranges.ts";
import { webgpuCpuNodes } from "./webgpu.ts";
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
  /** States of stateful layers: feed zeros first, then the outputs of the previous call. */
  states: BuiltGraph["states"];
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
const VERSION = "5";

/**
 * Converts a LayersModel or a GraphModel to ONNX (opset 17, IR 8). Equal artifacts and options give equal bytes.
 * Throws ConvertError with every issue found: bad topology or weights, layers and operators that cannot be expressed,
 * options that name no input or output.
 *
 * @example
 * import "@tensorflow/tfjs-backend-cpu";
 * import { io } from "@tensorflow/tfjs-core";
 * import { layers, sequential } from "@tensorflow/tfjs-layers";
 * import { convert } from "tfjs-to-onnx";
 *
 * const model = sequential({ layers: [layers.dense({ units: 3, inputShape: [2] })] });
 * const saved = await new Promise<io.ModelArtifacts>((resolve) => {
 *   void model.save(io.withSaveHandler(async (artifacts) => {
 *     resolve(artifacts);
 *     return { modelArtifactsInfo: io.getModelArtifactsInfoForJSON(artifacts) };
 *   }));
 * });
 * const { onnx, outputs } = convert(saved, { dtype: "fp16", outputNames: ["scores"] });
 * console.log(onnx instanceof Uint8Array, outputs[0]!.name); // prints true scores
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
  const format = isGraphDef(artifacts.modelTopology) ? GRAPH_MODEL : LAYERS_MODEL;
  const weights = readWeights(weightSpecs, weightData, { finite: format.finite });
  const { graph, states, warnings, name } = format.build(artifacts, weights, options);
  const limits = indexLimits(graph);
  const values = inputValues(graph);
  optimise(graph);
  const fronts = Object.entries(options.before ?? {}).map(([input, front]) => ({
    value: prepend(graph, input, front.graph),
    given: givenInput(graph, input, front),
  }));
  // Two inputs may have the same graph in front.
  if (options.before) shareConstants(graph);
  lowerPrecision(graph, options.dtype ?? "fp32");
  for (const { value, given } of fronts) if (given) runOnlyGiven(graph, value, given);
  const { parts, external } = encode(graph, {
    name: options.name ?? (name || "model"),
    docString:
      options.docString ??
      `Converted from ${name ? `the TensorFlow.js model "${name}"` : `a ${format.name}`}.`,
    producerVersion: VERSION,
    metadata: {
      source: format.name,
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

/** @throws ConvertError if the front depends on none of the model's inputs. */
function givenInput(graph: Graph, input: string, { given }: Front): string | undefined {
  if (given === undefined || graph.inputs.some(({ name }) => name === given)) return given;
  reject(`options.before.${input}.given`, `the model has no input "${given}"`);
}

/** Runs last, for every other pass works on float32 constants. */
function lowerPrecision(graph: Graph, dtype: Precision): void {
  if (!Object.hasOwn(PRECISIONS, dtype))
    reject("options.dtype", `"${dtype}" is not one of ${PRECISION_NAMES.join(", ")}`);
  packTables(graph);
  PRECISIONS[dtype](graph);
  removeDead(graph);
}

/** A format of models, and what writes its graph before any pass. */
interface Format {
  readonly name: string;
  readonly build: (
    artifacts: ModelArtifacts,
    weights: Weights,
    options: ConvertOptions,
  ) => BuiltGraph;
  /** Whether weights must be numbers; constants of graphs may be infinite, as masks of attention are. */
  readonly finite: boolean;
}

const GRAPH_MODEL: Format = {
  name: "TensorFlow.js GraphModel",
  build: buildGraphModel,
  finite: false,
};
const LAYERS_MODEL: Format = {
  name: "TensorFlow.js LayersModel",
  build: buildLayersModel,
  finite: true,
};

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
