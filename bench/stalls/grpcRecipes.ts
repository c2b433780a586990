/** Messages over gRPC by recipe: a unit of bytes, repeated within a frame. */

import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { Message } from "./grpcMessages.ts";

export interface MessageRecipe {
  readonly frame: keyof typeof MESSAGE_FRAMES;
  /** Hexadecimal. */
  readonly unit: string;
  readonly bytes: number;
  readonly isPacked: boolean;
}

type Frame = (inside: Uint8Array) => Uint8Array;

const delimited =
  (...numbers: readonly number[]): Frame =>
  (inside) =>
    numbers.reduceRight<Uint8Array>(
      (content, number) =>
        new BinaryWriter().tag(number, WireType.LengthDelimited).bytes(content).finish(),
      inside,
    );

/** An input with what makes its contents be read. */
const described =
  (datatype: string, ...numbers: readonly number[]): Frame =>
  (inside) => {
    const input = new BinaryWriter();
    input.tag(1, WireType.LengthDelimited).string("rating_users");
    input.tag(2, WireType.LengthDelimited).string(datatype);
    for (const size of [64, 5000]) input.tag(3, WireType.Varint).int64(size);
    input.raw(delimited(...numbers)(inside));
    return delimited(5)(input.finish());
  };

/** By where the units are. */
export const MESSAGE_FRAMES = {
  request: delimited(),
  name: delimited(1),
  id: delimited(3),
  parameters: delimited(4),
  parameter: delimited(4, 2),
  input: delimited(5),
  inputName: delimited(5, 1),
  shape: delimited(5, 3),
  inputParameter: delimited(5, 4, 2, 3),
  contents: delimited(5, 5),
  ints: described("INT32", 5, 2),
  intContents: described("INT32", 5),
  bytes: described("UINT8", 5, 4),
  byteContents: described("UINT8", 5),
  floats: described("FP32", 5, 6),
  floatContents: described("FP32", 5),
  textContents: described("BYTES", 5),
  output: delimited(6),
  outputName: delimited(6, 1),
  raw: delimited(7),
} satisfies Readonly<Record<string, Frame>>;

/** Fields of small numbers with little in them, and bytes that are none. */
export const MESSAGE_UNITS = [
  ...["00", "01", "7f", "80", "ff", "ff01", "0a00", "1200", "1a00", "2200", "2a00", "3200", "3a00"],
  ...[
    "4200",
    "0801",
    "1001",
    "1801",
    "2001",
    "2801",
    "3500008040",
    "7b",
    "7801",
    "7a00",
    "f0ff7f01",
  ],
  ...[
    "0a0161",
    "220412022200",
    "2a023a00",
    "10ffffffffffffffffff01",
    "e298ba",
    "f09f9880",
    "eda080",
  ],
];

export function bakeMessage(
  { frame, unit, bytes, isPacked }: MessageRecipe,
  model: string,
): Message {
  const content = Buffer.from(unit, "hex");
  const inside = Buffer.alloc(bytes - (bytes % content.length), content);
  const message = Buffer.concat([delimited(1)(Buffer.from(model)), MESSAGE_FRAMES[frame](inside)]);
  return { message, isPacked };
}
