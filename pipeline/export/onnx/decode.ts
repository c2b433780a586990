/** Reads ONNX files of others: what is in one, and its graph as ours, to be put in front of a model (../prepend.ts). */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { getTextEncoding } from "@bufbuild/protobuf/wire";
import { type ConversionIssue, ConvertError, Refusal, reject } from "../errors.ts";
import { type Attr, type Constant, emptyGraph, type Graph, type Node, type Tensor } from "../ir.ts";
import { OPS } from "../ops.ts";
import { OTHER_OPS } from "../otherOps.ts";
import { removeDead } from "../passes/cleanup.ts";
import { DTYPE_OF } from "../shapeRules.ts";
import { readTensor } from "./decodeTensor.ts";
import { OPSET } from "./encode.ts";
import {
  type AttributeProto,
  AttributeProto_AttributeType as AttributeType,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from "./onnx_pb.ts";
import { NEWEST, OLDEST, toOurOpset } from "./opset.ts";

/** An input or output as the file declares it; null stands for a size without a number. */
export interface DeclaredValue {
  readonly name: string;
  /** Undefined for a type that graphs of ours do not have. */
  readonly dtype: Tensor["dtype"] | undefined;
  /** Undefined where the file does not say it. */
  readonly shape: readonly (number | null)[] | undefined;
}

/** A file that was read. */
export interface OnnxFile {
  readonly opset: number;
  /** What has to be fed. */
  readonly inputs: readonly DeclaredValue[];
  readonly outputs: readonly DeclaredValue[];
  /** Names of all values that nodes make. */
  readonly values: readonly string[];
  readonly model: ModelProto;
}

/** dtype and shape of values, by name. */
export type ValueTypes = ReadonlyMap<string, Pick<Tensor, "dtype" | "shape">>;

/** @throws ConvertError for anything but an ONNX file, for weights in another file, or an operator set that is not read. */
export function readOnnx(bytes: Uint8Array): OnnxFile {
  let model: ModelProto;
  try {
    model = fromBinary(ModelProtoSchema, bytes);
  } catch (error) {
    return reject("", `this is not an ONNX file (${(error as Error).message})`);
  }
  const { graph } = model;
  if (!graph || graph.node.length === 0)
    return reject("", "this is not an ONNX file: it has no graph");
  const opset = Number(model.opsetImport.find(({ domain }) => isOwn(domain))?.version ?? 0n);
  if (opset < OLDEST || opset > NEWEST) {
    reject(
      "opset_import",
      `its operator set is ${opset}; sets ${OLDEST} to ${NEWEST} are read, so export it again with one of these`,
    );
  }
  const external = graph.initializer.find(({ externalData }) => externalData.length > 0);
  if (external) {
    const file = external.externalData.find(({ key }) => key === "location")?.value ?? "";
    reject(
      external.name,
      `its weights are in a file of their own, "${file}"; save the model as one file (onnx.save_model with save_as_external_data=False)`,
    );
  }
  const constants = new Set(graph.initializer.map(({ name }) => name));
  return {
    opset,
    inputs: graph.input.filter(({ name }) => !constants.has(name)).map(declared),
    outputs: graph.output.map(declared),
    values: graph.node.flatMap(({ output }) => output.filter((name) => name !== "")),
    model,
  };
}

/** Whether a domain is that of ONNX itself. */
const isOwn = (domain: string) => domain === "" || domain === "ai.onnx";

function declared({ name, type }: ValueInfoProto): DeclaredValue {
  const tensor = type?.value.case === "tensorType" ? type.value.value : undefined;
  return {
    name,
    dtype: tensor && DTYPE_OF[tensor.elemType],
    shape: tensor?.shape?.dim.map(({ value }) =>
      value.case === "dimValue" ? Number(value.value) : null,
    ),
  };
}

/** The same file with other values as outputs, too; undefined where it has all of them as such. */
export function withOutputs(file: OnnxFile, names: readonly string[]): Uint8Array | undefined {
  const { model, outputs } = file;
  const known = new Set(outputs.map(({ name }) => name));
  const others = names.filter((name) => !known.has(name));
  if (others.length === 0) return undefined;
  const added = others.map((name) => create(ValueInfoProtoSchema, { name }));
  const graph = { ...model.graph!, output: [...model.graph!.output, ...added] };
  return toBinary(ModelProtoSchema, { ...model, graph });
}

export interface ImportOptions {
  /** The values that the graph is to give. */
  readonly outputs: readonly string[];
  /** Prefix of the names of all values and nodes, so that they differ from those of another graph. */
  readonly prefix: string;
  /** Types of all values. */
  readonly types: ValueTypes;
}

/**
 * The file's graph, in our operator set and without what `outputs` do not depend on. Its inputs are those of the file.
 *
 * @throws ConvertError naming every operator and type that cannot be taken over.
 */
export function importGraph(file: OnnxFile, { outputs, prefix, types }: ImportOptions): Graph {
  const proto = file.model.graph!;
  const needed = neededNodes(proto.node, outputs);
  const graph = emptyGraph();
  const issues: ConversionIssue[] = [];
  const named = (name: string) => (name === "" ? "" : prefix + name);
  const attempt = (path: string, work: () => void) => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      issues.push({ path, message: error.message });
    }
  };
  const addConstant = (constant: Constant) => {
    graph.names.add(constant.name);
    graph.constants.set(constant.name, constant);
  };
  const read = new Set([...needed.flatMap(({ input }) => input), ...outputs]);
  for (const tensor of proto.initializer.filter(({ name }) => read.has(name))) {
    attempt(tensor.name, () => addConstant(readTensor(tensor, named(tensor.name))));
  }
  const addValue = (name: string): Tensor | undefined => {
    const type = types.get(name);
    if (!type) return undefined;
    const tensor = { name: named(name), ...type };
    graph.names.add(tensor.name);
    graph.values.set(tensor.name, tensor);
    return tensor;
  };
  for (const { name } of file.inputs) {
    const input = addValue(name);
    if (input) graph.inputs.push(input);
  }
  const nodes: Node[] = [];
  for (const [i, node] of needed.entries()) {
    const path = node.name || `${node.opType} ${i}`;
    attempt(path, () => {
      checkOperator(node);
      const attrs = Object.fromEntries(
        node.attribute.flatMap((each) => attributeOf(node.opType, each)),
      );
      if (node.opType === "Constant") {
        addConstant(constantOf(attrs, named(node.output[0]!)));
        return;
      }
      for (const name of node.output) {
        if (name !== "" && !addValue(name) && read.has(name)) {
          throw new Refusal(`(${node.opType}) its output "${name}" has an unsupported type`);
        }
      }
      nodes.push({
        op: node.opType,
        name: named(path),
        inputs: node.input.map(named),
        outputs: node.output.map(named),
        attrs,
      });
    });
  }
  graph.nodes = nodes.flatMap((node) => {
    let made: Node[] = [];
    attempt(node.name.slice(prefix.length), () => {
      made = toOurOpset(node, graph, file.opset);
    });
    return made;
  });
  if (issues.length > 0) throw new ConvertError(issues);
  graph.outputs = outputs.map((name) => ({ name: named(name), ...types.get(name)! }));
  removeDead(graph);
  return graph;
}

function neededNodes(nodes: readonly NodeProto[], outputs: readonly string[]): NodeProto[] {
  const live = new Set(outputs);
  return nodes
    .toReversed()
    .filter(({ output, input }) => {
      if (!output.some((name) => live.has(name))) return false;
      for (const name of input) live.add(name);
      return true;
    })
    .reverse();
}

/** Operators that are written otherwise before the graph is used. */
const REWRITTEN = new Set(["Constant", "Dropout", "Gelu", "Mish"]);
/** Their bodies have values whose types nobody says. */
const WITH_BODIES = new Set(["If", "Loop", "Scan"]);

function checkOperator({ opType, domain }: NodeProto): void {
  if (!isOwn(domain)) {
    throw new Refusal(
      `(${opType}) is an operator of ${domain}, which only some runtimes have; export the model without optimisations for one runtime`,
    );
  }
  if (WITH_BODIES.has(opType))
    throw new Refusal(`(${opType}) operators with graphs inside are not supported`);
  if (!Object.hasOwn(OPS, opType) && !OTHER_OPS.has(opType) && !REWRITTEN.has(opType)) {
    throw new Refusal(
      `(${opType}) is not an operator of ONNX's set ${OPSET}, which our graphs use`,
    );
  }
}

const utf8 = (bytes: Uint8Array) => getTextEncoding().decodeUtf8(bytes);

/** No entry for what has no effect without training. */
function attributeOf(op: string, attribute: AttributeProto): [string, Attr][] {
  const { name, type } = attribute;
  if (op === "BatchNormalization" && name === "momentum") return [];
  switch (type) {
    case AttributeType.FLOAT:
      return [[name, attribute.f]];
    case AttributeType.INT:
      return [[name, Number(attribute.i)]];
    case AttributeType.STRING:
      return [[name, utf8(attribute.s)]];
    case AttributeType.TENSOR:
      return [[name, readTensor(attribute.t!, attribute.t!.name)]];
    case AttributeType.FLOATS:
      return [[name, attribute.floats]];
    case AttributeType.INTS:
      return [[name, attribute.ints.map(Number)]];
    case AttributeType.STRINGS:
      return [[name, attribute.strings.map(utf8)]];
    default:
      throw new Refusal(`(${op}) the type of its attribute "${name}" is not supported`);
  }
}

/** The value of a Constant node. */
function constantOf(attrs: Record<string, Attr>, name: string): Constant {
  const { value, value_float, value_floats, value_int, value_ints } = attrs;
  if (value !== undefined) return { ...(value as Constant), name };
  const floats = value_floats ?? value_float;
  if (floats !== undefined) {
    const data = Float32Array.from([floats].flat() as number[]);
    return { name, dtype: "float32", shape: value_floats ? [data.length] : [], data };
  }
  const ints = value_ints ?? value_int;
  if (ints === undefined) throw new Refusal("(Constant) its value is not a tensor of numbers");
  const data = BigInt64Array.from([ints].flat() as number[], BigInt);
  return { name, dtype: "int64", shape: value_ints ? [data.length] : [], data };
}
