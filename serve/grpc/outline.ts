/**
 * A ModelInferRequest as it came -> all of it but its tensors' values, and where those are. Values are skipped, not read: this
 * takes a few milliseconds at most, whatever the message holds.
 */

import { fromBinary } from "@bufbuild/protobuf";
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { HttpError } from "../core/problems.ts";
import { invalidBySchema } from "../core/validation.ts";
import { type InferRequest, inferRequestSchema, MAX_TENSORS } from "../oip/schema.ts";
import { type InferParameter, ModelInferRequestSchema } from "./openInference_pb.ts";

/** Fields of the request and of its tensors: each has a few, and parameters. */
const MAX_FIELDS = 10_000;
/** Bytes of everything but values: names, shapes, parameters. */
const MAX_BYTES = 1 << 18;

/** Inputs and outputs together. */
const MOST_TENSORS = 2 * MAX_TENSORS;

/** Where something is among the message's bytes. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Outline {
  readonly model: { readonly name: string; readonly version: string | undefined };
  /** Its inputs have no data yet. */
  readonly request: InferRequest;
  /** Place of each of `raw_input_contents`. */
  readonly raw: readonly Span[];
  /** Places of each input's contents, in parts that belong together: mostly one or none. */
  readonly contents: readonly (readonly Span[])[];
}

/** @throws HttpError 400 naming what is wrong, 413 if there is too much beside the values. */
export function outline(bytes: Uint8Array): Outline {
  const raw: Span[] = [];
  const contents: Span[][] = [];
  const rest = new Rest();
  walk(bytes, { start: 0, end: bytes.length }, (field) => {
    if (field.number === REQUEST.raw && field.type === WireType.LengthDelimited) {
      raw.push(field.value);
      rest.count();
    } else if (field.number === REQUEST.inputs && field.type === WireType.LengthDelimited) {
      const own: Span[] = [];
      contents.push(own);
      rest.addMessage(field.number, (input) => {
        walk(bytes, field.value, (part) => {
          if (part.number === INPUT.contents && part.type === WireType.LengthDelimited) {
            own.push(part.value);
            rest.count();
          } else input.add(bytes, part.whole);
        });
      });
    } else if (field.number === REQUEST.outputs && field.type === WireType.LengthDelimited) {
      rest.addMessage(field.number, (output) =>
        walk(bytes, field.value, (part) => output.add(bytes, part.whole)),
      );
    } else rest.add(bytes, field.whole);
  });
  return { ...describe(rest.finish()), raw, contents };
}

/** Numbers of the fields that hold tensors. */
const REQUEST = { inputs: 5, outputs: 6, raw: 7 };
const INPUT = { contents: 5 };

interface Field {
  readonly number: number;
  readonly type: WireType;
  readonly whole: Span;
  /** Without tag and length. */
  readonly value: Span;
}

/** Visits the fields of a message, and none of those in them. */
function walk(bytes: Uint8Array, { start, end }: Span, visit: (field: Field) => void): void {
  const reader = new BinaryReader(bytes.subarray(start, end));
  while (reader.pos < reader.len) {
    const from = reader.pos;
    const [number, type] = readable(() => reader.tag());
    // Only the second version of protobuf has groups, which may be deep.
    if (type === WireType.StartGroup) throw unreadable("it has a group");
    const { length } = readable(() => reader.skip(type, number));
    const to = reader.pos;
    const head = type === WireType.LengthDelimited ? lengthBytes(bytes, to - length + start) : 0;
    visit({
      number,
      type,
      whole: { start: start + from, end: start + to },
      value: { start: start + to - length + head, end: start + to },
    });
  }
}

/** Bytes of the number at the place. */
function lengthBytes(bytes: Uint8Array, place: number): number {
  let count = 1;
  while (bytes[place + count - 1]! & 0x80) count++;
  return count;
}

/** What is left of a message without its values, as bytes. */
class Rest {
  readonly #writer = new BinaryWriter();
  readonly #used: { fields: number; bytes: number; tensors: number };

  constructor(used = { fields: 0, bytes: 0, tensors: 0 }) {
    this.#used = used;
  }

  /** @throws HttpError 413 if the field, or what it holds, is too much. */
  count(bytes = 0): void {
    this.#used.fields++;
    this.#used.bytes += bytes;
    if (this.#used.fields > MAX_FIELDS) throw tooMuch(`has more than ${MAX_FIELDS} fields`);
    if (this.#used.bytes <= MAX_BYTES) return;
    throw tooMuch(`has more than ${MAX_BYTES} bytes of names, shapes and parameters`);
  }

  add(bytes: Uint8Array, { start, end }: Span): void {
    this.count(end - start);
    this.#writer.raw(bytes.subarray(start, end));
  }

  addMessage(number: number, fill: (message: Rest) => void): void {
    this.count();
    this.#used.tensors++;
    // Each takes a hundred times as long as another field.
    if (this.#used.tensors > MOST_TENSORS) {
      throw tooMuch(`has more than ${MOST_TENSORS} inputs and outputs`);
    }
    const message = new Rest(this.#used);
    fill(message);
    this.#writer.tag(number, WireType.LengthDelimited).bytes(message.finish());
  }

  finish(): Uint8Array {
    return this.#writer.finish();
  }
}

function tooMuch(detail: string): HttpError {
  return new HttpError("too-large", `the message ${detail}`);
}

/** @throws HttpError 400 */
function readable<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw unreadable((error as Error).message);
  }
}

function unreadable(reason: string): HttpError {
  return new HttpError("bad-request", `the message is not a ModelInferRequest: ${reason}`);
}

/** The request in the form of JSON, checked as JSON would be. */
function describe(rest: Uint8Array): Pick<Outline, "model" | "request"> {
  const message = readable(() =>
    fromBinary(ModelInferRequestSchema, rest, { readUnknownFields: false }),
  );
  const result = inferRequestSchema.safeParse({
    ...(message.id === "" ? {} : { id: message.id }),
    parameters: parametersOf(message.parameters),
    inputs: message.inputs.map(({ name, datatype, shape, parameters }) => ({
      name,
      datatype,
      shape: shape.map(Number),
      parameters: parametersOf(parameters),
    })),
    outputs: message.outputs.map(({ name, parameters }) => ({
      name,
      parameters: parametersOf(parameters),
    })),
  });
  if (!result.success) {
    const { message: detail } = invalidBySchema(result.error, "", "the message");
    throw new HttpError("invalid-tensors", detail);
  }
  const { modelName: name, modelVersion } = message;
  return { model: { name, version: modelVersion || undefined }, request: result.data };
}

function parametersOf(
  parameters: Readonly<Record<string, InferParameter>>,
): Record<string, string | number | boolean> {
  return Object.fromEntries(
    Object.entries(parameters).flatMap(
      ([
        name,
        {
          parameterChoice: { value },
        },
      ]) =>
        value === undefined ? [] : [[name, typeof value === "bigint" ? Number(value) : value]],
    ),
  );
}
