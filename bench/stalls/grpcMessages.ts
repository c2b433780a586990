/** Messages over gRPC that were made to stop the server. */

import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

const MB = 1_000_000;

/** A call. */
export interface Message {
  readonly message: Uint8Array;
  readonly isPacked?: boolean;
  readonly path?: string;
}

/** What is sent instead of a message, and the bytes of each frame. */
export interface Frames {
  readonly frames: Buffer;
  readonly bytes: number;
}

const repeated = (unit: readonly number[], bytes: number): Buffer =>
  Buffer.alloc(bytes - (bytes % unit.length), Buffer.from(unit));

const delimited = (number: number, content: Uint8Array): Buffer =>
  Buffer.from(new BinaryWriter().tag(number, WireType.LengthDelimited).bytes(content).finish());

const text = (number: number, value: string) => delimited(number, Buffer.from(value));

/** An input of so many values, and what else. */
function input(name: string, datatype: string, shape: readonly number[], ...more: Uint8Array[]) {
  const sizes = shape.map((size) =>
    Buffer.from(new BinaryWriter().tag(3, WireType.Varint).int64(size).finish()),
  );
  return delimited(5, Buffer.concat([text(1, name), text(2, datatype), ...sizes, ...more]));
}

const contents = (number: number, content: Uint8Array) => delimited(5, delimited(number, content));

/** @param model Its name. */
export type MakeMessage = (model: string) => Message | Frames;

const request =
  (...parts: (() => Uint8Array)[]) =>
  (model: string): Message => ({
    message: Buffer.concat([text(1, model), ...parts.map((part) => part())]),
  });

/** By what they are called in docs/serving.md. */
export const MESSAGES: Readonly<Record<string, MakeMessage>> = {
  "16 million empty inputs": request(() => repeated([0x2a, 0], 31 * MB)),
  "16 million empty raw contents": request(() => repeated([0x3a, 0], 31 * MB)),
  "an input of 16 million unknown fields": request(() =>
    delimited(5, repeated([0x78, 1], 31 * MB)),
  ),
  "groups, 31 million deep": request(() => repeated([0x7b], 31 * MB)),
  "31 million ints of a byte": request(() =>
    input("rating_users", "INT32", [64, 484_375], contents(2, repeated([1], 31 * MB))),
  ),
  "15 million ints, one by one": request(() =>
    input("rating_users", "INT32", [64, 242_187], delimited(5, repeated([0x10, 1], 31 * MB))),
  ),
  "15 million bytes of an image, of two": request(() =>
    input("poster", "UINT8", [64, 160, 112, 3], contents(4, repeated([0xff, 0x01], 31 * MB))),
  ),
  "7.7 million floats": request(() =>
    input("rating_stars", "FP32", [64, 121_093], contents(6, repeated([0, 0, 128, 63], 31 * MB))),
  ),
  "15 million empty texts": request(() =>
    input("year", "BYTES", [64, 242_187], delimited(5, repeated([0x42, 0], 31 * MB))),
  ),
  "31 MB raw that belong to no input": request(() => delimited(7, repeated([1], 31 * MB))),
  "an input's name of 31 MB": request(() => input("a".repeat(31 * MB), "FP32", [1])),
  "a shape of 31 million sizes": request(() => delimited(5, delimited(3, repeated([1], 31 * MB)))),
  "31 MB of zeros, packed": (model) => ({
    ...request(() => delimited(7, Buffer.alloc(31 * MB)))(model),
    isPacked: true,
  }),
  "5 million empty messages in a call": () => ({ frames: repeated([0], 25 * MB), bytes: 16_384 }),
  "a health check for a name of 31 MB": () => ({
    message: text(1, "a".repeat(31 * MB)),
    path: "/grpc.health.v1.Health/Check",
  }),
  "1 MB in pieces of a byte": () => {
    const frames = Buffer.alloc(MB + 5, 1);
    frames[0] = 0;
    frames.writeUInt32BE(MB, 1);
    return { frames, bytes: 1 };
  },
};
