/** A pretrained encoder given as an ONNX folder: its features, and its graph to be put in front of ours. */

import { readFile } from "node:fs/promises";
import { sha256 } from "../../../node/files.ts";
import { type Feeds, type SeenValue, seeValues } from "../../../node/session.ts";
import { InputError } from "../../../predictor/errors.ts";
import type { ImageSpec } from "../../../predictor/inputs/image.ts";
import type { TextSpec } from "../../../predictor/inputs/text.ts";
import { findBackbone } from "../../config/backboneFolder.ts";
import type { Pooling } from "../../config/fields.ts";
import { readPreprocessor } from "../../config/preprocessor.ts";
import { ConvertError } from "../../export/errors.ts";
import type { DType, Graph } from "../../export/ir.ts";
import {
  importGraph,
  type OnnxFile,
  readOnnx,
  type ValueTypes,
  withOutputs,
} from "../../export/onnx/decode.ts";
import { packWeights } from "../../export/precision/q8.ts";
import type { Front } from "../../export/prepend.ts";
import { type EncodedSpec, encodedKind, isImage } from "../../inputs/encoded.ts";
import { type FrontOptions, frontOfImages, frontOfTexts } from "./front.ts";
import { type Encode, imageEncoder, textEncoder } from "./reference.ts";
import {
  chooseOutputs,
  type EncoderInputs,
  type EncoderSignature,
  featureCount,
  findInputs,
  outputOf,
  SignatureError,
} from "./signature.ts";

/** Image uint8 [height, width, 3], or text as token ids int32 [tokens]. */
export type EncoderValue = Uint8Array | Int32Array;

export interface OnnxBackbone {
  readonly kind: "onnx";
  /** Number of features per item. */
  readonly features: number;
  /** SHA-256 (hex) of the file and of all that its features depend on besides the items. */
  readonly sha256: string;
  /** From the predictor's tensors to the features, for the published graph. */
  readonly front: Front;
  /** Features of values by the file itself. */
  readonly encode: Encode<EncoderValue>;
  /** The ONNX file. */
  readonly bytes: Uint8Array;
  /** The outputs that `encode` reads. */
  readonly outputs: readonly string[];
  /** What the file is fed for two values. */
  readonly trial: Feeds;
}

export interface OnnxBackboneOptions {
  readonly backbone: string;
  readonly backboneLayers?: readonly string[] | undefined;
  readonly backbonePooling?: Pooling | undefined;
}

/**
 * @param name Of the input.
 * @throws InputError saying what of the files is missing, unknown, or cannot become a part of the graph.
 */
export async function loadOnnxBackbone(
  name: string,
  { backbone, backboneLayers = [], backbonePooling }: OnnxBackboneOptions,
  spec: EncodedSpec,
): Promise<OnnxBackbone> {
  const field = `${name}.backbone`;
  const { graph: path } = findBackbone(backbone, encodedKind(spec), field);
  const reader = isImage(spec) ? readerOfImages(backbone, spec, field) : readerOfTexts(spec);
  try {
    const given = await readFile(path);
    const file = readOnnx(given);
    const inputs = findInputs(file, encodedKind(spec));
    const names = chooseOutputs(file, backboneLayers);
    const { seen, feeds } = await tryOut(file, given, inputs, reader);
    const outputs = names.map((output) =>
      outputOf(seenOutput(output, seen, reader), inputs, backbonePooling),
    );
    const signature: EncoderSignature = { inputs, outputs };
    const prefix = `${name}_backbone/`;
    const graph = importGraph(file, { outputs: names, prefix, types: typesOf(seen) });
    packWeights(graph);
    reader.addFront(graph, { name, prefix, signature });
    return {
      kind: "onnx",
      features: featureCount(outputs),
      sha256: sha256(JSON.stringify([sha256(given), signature, reader.identity])),
      // A text that is missing is the empty text, which has features.
      front: { graph, given: isImage(spec) ? `has_${name}` : undefined },
      encode: reader.encoder(signature),
      bytes: withOutputs(file, names) ?? given,
      outputs: names,
      trial: feeds,
    };
  } catch (error) {
    if (error instanceof SignatureError) throw new InputError(field, `${path} ${error.message}`);
    if (error instanceof ConvertError) throw new InputError(field, `${path}: ${error.message}`);
    throw error;
  }
}

/** How the values of a kind of input are read. */
interface Reader {
  /** For a trial: two, as an encoder of a fixed batch would not take them. */
  readonly values: readonly EncoderValue[];
  /** The same in words. */
  readonly what: string;
  /** What the features depend on besides the file and the values. */
  readonly identity: unknown;
  encoder(signature: EncoderSignature): Encode<EncoderValue>;
  addFront(graph: Graph, options: FrontOptions): void;
}

function readerOfImages(backbone: string, spec: ImageSpec, field: string): Reader {
  const { range } = readPreprocessor(backbone, field);
  const pattern = Uint8Array.from({ length: spec.height * spec.width * 3 }, (_, i) => i * 31);
  return {
    values: [pattern, pattern],
    what: `two images of ${spec.height} x ${spec.width}`,
    identity: { range, spec },
    encoder: (signature) => imageEncoder(signature, spec, range) as Encode<EncoderValue>,
    addFront: (graph, options) => frontOfImages(graph, { ...options, spec, range }),
  };
}

function readerOfTexts({ tokenizer }: Pick<TextSpec, "tokenizer">): Reader {
  if (!tokenizer) throw new Error("internal: a text with a backbone has no tokenizer");
  const { empty, padding, fixed } = tokenizer;
  const [one, two] = [Int32Array.from(empty), Int32Array.from([...empty, ...empty])];
  return {
    values: [one, fixed === undefined ? two : one],
    what: "two texts",
    identity: { padding, fixed },
    encoder: (signature) => textEncoder(signature, { padding, fixed }) as Encode<EncoderValue>,
    addFront: (graph, options) => frontOfTexts(graph, { ...options, tokens: fixed }),
  };
}

/** @throws SignatureError if the output's first axis is not that of the values, or if its values are not float32. */
function seenOutput(
  name: string,
  seen: ReadonlyMap<string, SeenValue>,
  { values, what }: Reader,
): SeenValue {
  const output = seen.get(name);
  if (output?.type !== "float32") {
    throw new SignatureError(
      `gives "${name}" as ${output?.type ?? "no tensor"}; only float32 can be a feature`,
    );
  }
  if (output.dims[0] !== values.length) {
    throw new SignatureError(
      `gives "${name}" of shape [${output.dims}] for ${what}; its first axis must count them`,
    );
  }
  return output;
}

/** What the graph makes of two values: of everything, for its types. */
async function tryOut(
  file: OnnxFile,
  given: Uint8Array,
  inputs: EncoderInputs,
  { encoder, values, what }: Reader,
): Promise<{ readonly seen: ReadonlyMap<string, SeenValue>; readonly feeds: Feeds }> {
  let feeds: Feeds = {};
  await encoder({ inputs, outputs: [] })(values, async (prepared) => {
    feeds = prepared;
    return {};
  });
  try {
    const seen = await seeValues(withOutputs(file, file.values) ?? given, feeds);
    return { seen: new Map(seen.map((value) => [value.name, value])), feeds };
  } catch (error) {
    const [first] = (error as Error).message.split("\n");
    throw new SignatureError(`cannot be run on ${what}: ${first}`);
  }
}

/** The types of values that graphs of ours can have. */
function typesOf(seen: ReadonlyMap<string, SeenValue>): ValueTypes {
  return new Map(
    [...seen].flatMap(([name, { type, shape }]) =>
      (DTYPES as readonly string[]).includes(type)
        ? [[name, { dtype: type as DType, shape }] as const]
        : [],
    ),
  );
}

const DTYPES = ["float32", "float16", "int8", "uint8", "int32", "int64", "bool"] satisfies DType[];
