/** ONNX files as other programs write them, for tests: pretrained encoders of texts and images, small and of random weights. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import { createRandom } from "../../pipeline/common/random.ts";
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataType as DataType,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
} from "../../pipeline/export/onnx/onnx_pb.ts";

type Attrs = Readonly<Record<string, number | string | readonly number[]>>;
type Sizes = readonly (number | string)[];

/** Collects nodes and weights, and writes them as a file. */
export function onnxFile(opset: number, seed = "weights") {
  const random = createRandom(seed);
  const node: ReturnType<typeof makeNode>[] = [];
  const initializer: ReturnType<typeof makeTensor>[] = [];
  const input: ReturnType<typeof makeValue>[] = [];
  const output: ReturnType<typeof makeValue>[] = [];
  let count = 0;
  return {
    input(name: string, type: "float32" | "int64", shape: Sizes): string {
      input.push(makeValue(name, type, shape));
      return name;
    },
    output(name: string, shape: Sizes): void {
      output.push(makeValue(name, "float32", shape));
    },
    op(op: string, inputs: readonly string[], attrs: Attrs = {}, name?: string): string {
      const made = name ?? `${op}_${count++}`;
      node.push(makeNode(op, inputs, made, attrs));
      return made;
    },
    /** Random values of about unit size where they are multiplied. */
    random(shape: readonly number[]): string {
      const size = shape.reduce((product, side) => product * side, 1);
      const scale = 1 / Math.sqrt(size / shape.at(-1)!);
      return this.floats(
        shape,
        Float32Array.from({ length: size }, () => random.normal() * scale),
      );
    },
    floats(shape: readonly number[], values: Iterable<number>): string {
      const name = `weight_${count++}`;
      const raw = new Uint8Array(Float32Array.from(values).buffer);
      initializer.push(makeTensor(name, DataType.FLOAT, shape, raw));
      return name;
    },
    ints(values: readonly number[], shape: readonly number[] = [values.length]): string {
      const name = `sizes_${count++}`;
      const raw = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
      initializer.push(makeTensor(name, DataType.INT64, shape, raw));
      return name;
    },
    bytes(): Uint8Array {
      return toBinary(
        ModelProtoSchema,
        create(ModelProtoSchema, {
          irVersion: 8n,
          opsetImport: [create(OperatorSetIdProtoSchema, { domain: "", version: BigInt(opset) })],
          graph: { name: "encoder", node, initializer, input, output },
        }),
      );
    },
  };
}

function makeNode(opType: string, input: readonly string[], output: string, attrs: Attrs) {
  const attribute = Object.entries(attrs).map(([name, value]) => {
    const make = (fields: object) => create(AttributeProtoSchema, { name, ...fields });
    if (typeof value === "string") {
      return make({ type: AttributeType.STRING, s: new TextEncoder().encode(value) });
    }
    if (typeof value === "number" && name === "epsilon") {
      return make({ type: AttributeType.FLOAT, f: value });
    }
    if (typeof value === "number") return make({ type: AttributeType.INT, i: BigInt(value) });
    return make({ type: AttributeType.INTS, ints: value.map(BigInt) });
  });
  return create(NodeProtoSchema, {
    name: `node_${output}`,
    opType,
    input: [...input],
    output: [output],
    attribute,
  });
}

function makeTensor(
  name: string,
  dataType: DataType,
  dims: readonly number[],
  rawData: Uint8Array,
) {
  return create(TensorProtoSchema, { name, dataType, dims: dims.map(BigInt), rawData });
}

function makeValue(name: string, type: "float32" | "int64", shape: Sizes) {
  const elemType = type === "float32" ? DataType.FLOAT : DataType.INT64;
  const dim = shape.map((size) =>
    create(TensorShapeProto_DimensionSchema, {
      value:
        typeof size === "number"
          ? { case: "dimValue", value: BigInt(size) }
          : { case: "dimParam", value: size },
    }),
  );
  const value = create(TypeProto_TensorSchema, {
    elemType,
    shape: create(TensorShapeProtoSchema, { dim }),
  });
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, { value: { case: "tensorType", value } }),
  });
}

const WIDTH = 16;
const HEADS = 2;

export interface TextEncoderOptions {
  readonly batch?: number | string;
  /** Name of the first input. */
  readonly ids?: string;
}

/**
 * As BERT, exported to set 14: embeddings of tokens, places and types, and a block of attention under a mask, with layer
 * normalisation in single operators. Outputs `last_hidden_state` [batch, tokens, 16].
 */
export function textEncoder(words: number, options: TextEncoderOptions = {}): Uint8Array {
  const { batch = "batch", ids: name = "input_ids" } = options;
  const f = onnxFile(14);
  const shape = [batch, "sequence"];
  const ids = f.input(name, "int64", shape);
  const mask = f.input("attention_mask", "int64", shape);
  const types = f.input("token_type_ids", "int64", shape);
  const places = f.op("Slice", [
    f.ints([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], [1, 12]),
    f.ints([0]),
    f.op("Gather", [f.op("Shape", [ids]), f.ints([1])]),
    f.ints([1]),
  ]);
  const embedded = [
    f.op("Gather", [f.random([words, WIDTH]), ids]),
    f.op("Gather", [f.random([12, WIDTH]), places]),
    f.op("Gather", [f.random([2, WIDTH]), types]),
  ];
  const x = normalised(f, f.op("Add", [f.op("Add", [embedded[0]!, embedded[1]!]), embedded[2]!]));
  const there = f.op("Cast", [f.op("Unsqueeze", [mask, f.ints([1, 2])])], { to: 1 });
  const hidden = f.op("Mul", [f.op("Sub", [f.floats([], [1]), there]), f.floats([], [-1e9])]);
  const attended = attention(f, x, hidden);
  f.op("Identity", [normalised(f, f.op("Add", [x, attended]))], {}, "last_hidden_state");
  f.output("last_hidden_state", [batch, "sequence", WIDTH]);
  return f.bytes();
}

type File = ReturnType<typeof onnxFile>;

/** x [batch, tokens, 16]; `hidden` [batch, 1, 1, tokens] is added to the scores. */
function attention(f: File, x: string, hidden: string | undefined): string {
  const heads = (from: string, perm: number[]) =>
    f.op("Transpose", [f.op("Reshape", [from, f.ints([0, 0, HEADS, WIDTH / HEADS])])], { perm });
  const project = () =>
    f.op("Add", [f.op("MatMul", [x, f.random([WIDTH, WIDTH])]), f.random([WIDTH])]);
  const query = heads(project(), [0, 2, 1, 3]);
  const key = heads(project(), [0, 2, 3, 1]);
  const value = heads(project(), [0, 2, 1, 3]);
  const scores = f.op("Div", [f.op("MatMul", [query, key]), f.floats([], [Math.sqrt(8)])]);
  const shares = f.op("Softmax", [hidden ? f.op("Add", [scores, hidden]) : scores], { axis: -1 });
  const mixed = f.op("Transpose", [f.op("MatMul", [shares, value])], { perm: [0, 2, 1, 3] });
  return f.op("Reshape", [mixed, f.ints([0, 0, WIDTH])]);
}

/** Layer normalisation as exports write it without an operator of its own. */
function normalised(f: File, x: string): string {
  const centred = f.op("Sub", [x, f.op("ReduceMean", [x], { axes: [-1] })]);
  const squares = f.op("Pow", [centred, f.floats([], [2])]);
  const variance = f.op("ReduceMean", [squares], { axes: [-1] });
  const deviation = f.op("Sqrt", [f.op("Add", [variance, f.floats([], [1e-12])])]);
  const scaled = f.op("Mul", [f.op("Div", [centred, deviation]), f.random([WIDTH])]);
  return f.op("Add", [scaled, f.random([WIDTH])]);
}

export interface ImageEncoderOptions {
  readonly batch?: number | string;
  readonly opset?: number;
}

/**
 * As a vision transformer, exported to set 20: patches of 8 x 8 pixels by a convolution, a block of attention and one of
 * GELU. Outputs `last_hidden_state` [batch, patches, 16] and `pooler_output` [batch, 16].
 */
export function imageEncoder(size: number, options: ImageEncoderOptions = {}): Uint8Array {
  const { batch = "batch", opset = 20 } = options;
  const f = onnxFile(opset, "image");
  const pixels = f.input("pixel_values", "float32", [batch, 3, size, size]);
  const kernel = f.random([WIDTH, 3, 8, 8]);
  const patches = f.op(
    "Conv",
    [pixels, kernel, f.random([WIDTH])],
    { kernel_shape: [8, 8], strides: [8, 8] },
    "patches",
  );
  const rows = f.op("Transpose", [f.op("Reshape", [patches, f.ints([0, WIDTH, -1])])], {
    perm: [0, 2, 1],
  });
  const x = layerNormalised(f, rows);
  const y = f.op("Add", [x, attention(f, x, undefined)]);
  const wide = f.op("Gelu", [f.op("MatMul", [layerNormalised(f, y), f.random([WIDTH, 64])])]);
  const last = f.op(
    "Add",
    [y, f.op("MatMul", [wide, f.random([64, WIDTH])])],
    {},
    "last_hidden_state",
  );
  const mean = f.op("ReduceMean", [last, f.ints([1])], { keepdims: 0 });
  f.op("Tanh", [f.op("MatMul", [mean, f.random([WIDTH, WIDTH])])], {}, "pooler_output");
  f.output("last_hidden_state", [batch, (size / 8) ** 2, WIDTH]);
  f.output("pooler_output", [batch, WIDTH]);
  return f.bytes();
}

function layerNormalised(f: File, x: string): string {
  return f.op("LayerNormalization", [x, f.random([WIDTH]), f.random([WIDTH])], { epsilon: 1e-6 });
}

/** A tokenizer.json as BERT has it, of these words. */
export function wordPiece(words: readonly string[]): object {
  const tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", ...words];
  const special = (id: number) => ({
    ...{ id, content: tokens[id], single_word: false, lstrip: false, rstrip: false },
    ...{ normalized: false, special: true },
  });
  const marks = Object.fromEntries(
    ["[CLS]", "[SEP]"].map((id, i) => [id, { id, ids: [2 + i], tokens: [id] }]),
  );
  return {
    version: "1.0",
    truncation: { direction: "Right", max_length: 8, strategy: "LongestFirst", stride: 0 },
    padding: null,
    added_tokens: [0, 1, 2, 3].map(special),
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: {
      type: "TemplateProcessing",
      single: [
        { SpecialToken: { id: "[CLS]", type_id: 0 } },
        { Sequence: { id: "A", type_id: 0 } },
        { SpecialToken: { id: "[SEP]", type_id: 0 } },
      ],
      pair: [],
      special_tokens: marks,
    },
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
    },
  };
}

/** Writes an encoder's folder as Transformers.js has it, with the files given. */
export async function writeEncoder(
  folder: string,
  graph: Uint8Array,
  files: Readonly<Record<string, object>>,
): Promise<string> {
  await mkdir(join(folder, "onnx"), { recursive: true });
  await writeFile(join(folder, "onnx", "model.onnx"), graph);
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(folder, name), JSON.stringify(content));
  }
  return folder;
}
