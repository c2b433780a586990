/** Writes a finished graph as ONNX bytes; no other file knows the protobuf messages. */
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { getTextEncoding } from "@bufbuild/protobuf/wire";
import { totalBytes } from "../artifacts.ts";
import type { Attr, Constant, DType, Graph, Node, Shape, Tensor } from "../ir.ts";
import { bytesOfData, type ExternalData, type ExternalOptions, layOut } from "./external.ts";
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataType as DataType,
  type GraphProto,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from "./onnx_pb.ts";

/** Operator set 17 and IR 8 are what python3-onnx 1.12 still checks; runtimes of any age accept them. */
export const OPSET = 17n;
const IR_VERSION = 8n;

const ELEMENT_TYPE: Record<DType, DataType> = {
  float32: DataType.FLOAT,
  float16: DataType.FLOAT16,
  int8: DataType.INT8,
  uint8: DataType.UINT8,
  int32: DataType.INT32,
  int64: DataType.INT64,
  bool: DataType.BOOL,
};

/** Attributes that are floats even where the number happens to be whole. */
const FLOAT_ATTRS = new Set([
  "alpha",
  "beta",
  "gamma",
  "epsilon",
  "activation_alpha",
  "activation_beta",
  "extrapolation_value",
  "bias",
  "cubic_coeff_a",
]);

/** What a file says about itself. */
export interface ModelInfo {
  name: string;
  docString: string;
  producerVersion: string;
  metadata: Readonly<Record<string, string>>;
  /** Whether the file says type and shape of every value, for viewers. */
  valueInfo: boolean;
  external?: ExternalOptions | undefined;
}

/** The ONNX element type number of a dtype, as the `to` of a Cast wants it. */
export function elementType(dtype: DType): number {
  return ELEMENT_TYPE[dtype];
}

const utf8 = (text: string) => getTextEncoding().encodeUtf8(text);

/** A file in parts, which are written one after another, and the file of weights beside it, if it has one. */
export interface Encoded {
  parts: Uint8Array[];
  external?: ExternalData;
}

/** The fields that hold the weights: everything else is small, and left to the protobuf library. */
const GRAPH_OF_MODEL = 7;
const INITIALIZER_OF_GRAPH = 5;
const RAW_DATA_OF_TENSOR = 9;

/**
 * A ModelProto; equal graphs and infos give equal bytes. The weights in it are views of the constants' own memory, never
 * copies. With `external` they are in a file beside it, if there are many.
 */
export function encode(graph: Graph, info: ModelInfo): Encoded {
  const { name, docString } = info;
  const metadata = Object.entries(info.metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  const constants = [...graph.constants.values()];
  const external = info.external && layOut(constants, info.external);
  const { node, input, output, valueInfo } = encodeGraph(graph, info, []);
  const inner = [
    toBinary(GraphProtoSchema, create(GraphProtoSchema, { name, node })),
    ...constants.flatMap((constant) => initializerParts(constant, external)),
    toBinary(
      GraphProtoSchema,
      create(GraphProtoSchema, {
        ...(docString ? { docString } : {}),
        input,
        output,
        valueInfo,
      }),
    ),
  ];
  const head = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    producerName: "marquee",
    producerVersion: info.producerVersion,
    docString,
  });
  const tail = create(ModelProtoSchema, {
    opsetImport: [create(OperatorSetIdProtoSchema, { domain: "", version: OPSET })],
    metadataProps: metadata.map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value }),
    ),
  });
  const parts = [
    toBinary(ModelProtoSchema, head),
    ...field(GRAPH_OF_MODEL, inner),
    toBinary(ModelProtoSchema, tail),
  ];
  return { parts, ...(external ? { external } : {}) };
}

/** The parts of a tensor in a graph; its data is in the other file where that has it. */
function initializerParts(constant: Constant, external: ExternalData | undefined): Uint8Array[] {
  const { name, dtype, shape, data } = constant;
  const place = external?.places.get(name);
  const entry = (key: string, value: string | number) =>
    create(StringStringEntryProtoSchema, { key, value: String(value) });
  const head = create(TensorProtoSchema, {
    name,
    dataType: ELEMENT_TYPE[dtype],
    dims: shape.map(BigInt),
  });
  if (external && place) {
    head.dataLocation = TensorProto_DataLocation.EXTERNAL;
    head.externalData = [
      entry("location", external.path),
      entry("offset", place.offset),
      entry("length", place.length),
    ];
  }
  const raw = place ? [] : field(RAW_DATA_OF_TENSOR, [bytesOfData(data)]);
  return field(INITIALIZER_OF_GRAPH, [toBinary(TensorProtoSchema, head), ...raw]);
}

/** A length-delimited field whose content is `parts`. */
function field(number: number, parts: readonly Uint8Array[]): Uint8Array[] {
  const header = [(number << 3) | 2];
  let rest = totalBytes(parts);
  for (; rest >= 128; rest = Math.floor(rest / 128)) header.push((rest % 128) | 128);
  return [Uint8Array.from([...header, rest]), ...parts];
}

type GraphInfo = Pick<ModelInfo, "name" | "valueInfo"> & { docString?: string };

function encodeGraph(
  graph: Graph,
  info: GraphInfo,
  constants: Iterable<Constant> = graph.constants.values(),
): GraphProto {
  const { name, docString, valueInfo } = info;
  return create(GraphProtoSchema, {
    name,
    ...(docString ? { docString } : {}),
    node: graph.nodes.map((node) => encodeNode(node, valueInfo)),
    initializer: [...constants].map(encodeTensor),
    input: graph.inputs.map(encodeValue),
    output: graph.outputs.map(encodeValue),
    valueInfo: valueInfo ? innerValues(graph).map(encodeValue) : [],
  });
}

/** What lies between inputs and outputs, in the order of the nodes. */
function innerValues(graph: Graph): Tensor[] {
  const outputs = new Set(graph.outputs.map((t) => t.name));
  return graph.nodes
    .flatMap((node) => node.outputs)
    .filter((name) => name !== "" && !outputs.has(name))
    .flatMap((name) => graph.values.get(name) ?? []);
}

function encodeNode(node: Node, valueInfo: boolean): NodeProto {
  const attribute = Object.keys(node.attrs)
    .sort()
    .map((name) => encodeAttribute(name, node.attrs[name] as Attr));
  for (const [name, body] of Object.entries(node.bodies ?? {})) {
    const g = encodeGraph(body, { name: `${node.name}/${name}`, valueInfo });
    attribute.push(create(AttributeProtoSchema, { name, type: AttributeType.GRAPH, g }));
  }
  return create(NodeProtoSchema, {
    name: node.name,
    opType: node.op,
    input: node.inputs,
    output: node.outputs,
    attribute,
  });
}

/** The kind follows from the value; whole numbers are floats for the names in FLOAT_ATTRS. */
function encodeAttribute(name: string, value: Attr): AttributeProto {
  const float = FLOAT_ATTRS.has(name);
  const make = (type: AttributeType, fields: MessageInitShape<typeof AttributeProtoSchema>) =>
    create(AttributeProtoSchema, { ...fields, name, type });
  if (typeof value === "string") return make(AttributeType.STRING, { s: utf8(value) });
  if (typeof value === "number") {
    return float
      ? make(AttributeType.FLOAT, { f: value })
      : make(AttributeType.INT, { i: BigInt(value) });
  }
  if ("data" in value) return make(AttributeType.TENSOR, { t: encodeTensor(value) });
  if (isStrings(value)) return make(AttributeType.STRINGS, { strings: value.map(utf8) });
  return float
    ? make(AttributeType.FLOATS, { floats: [...value] })
    : make(AttributeType.INTS, { ints: value.map(BigInt) });
}

function isStrings(value: readonly number[] | readonly string[]): value is readonly string[] {
  return typeof value[0] === "string";
}

function encodeTensor({ name, dtype, shape, data }: Constant): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dataType: ELEMENT_TYPE[dtype],
    dims: shape.map(BigInt),
    rawData: bytesOfData(data),
  });
}

function encodeValue({ name, dtype, shape }: Tensor): ValueInfoProto {
  const tensor = create(TypeProto_TensorSchema, {
    elemType: ELEMENT_TYPE[dtype],
    shape: encodeShape(shape),
  });
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, { value: { case: "tensorType", value: tensor } }),
  });
}

function encodeShape(shape: Shape) {
  return create(TensorShapeProtoSchema, {
    dim: shape.map((d) => {
      if (d === null) return create(TensorShapeProto_DimensionSchema);
      return create(TensorShapeProto_DimensionSchema, {
        value:
          typeof d === "number"
            ? { case: "dimValue", value: BigInt(d) }
            : { case: "dimParam", value: d },
      });
    }),
  });
}
