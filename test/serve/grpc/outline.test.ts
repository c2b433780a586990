/** What is told of a message without reading its tensors, and how much of it there may be. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { ModelInferRequestSchema } from "../../../serve/grpc/openInference_pb.ts";
import { outline } from "../../../serve/grpc/outline.ts";

const INPUT = { datatype: "FP64", shape: [1n, 1n] };
const names = (count: number) => Array.from({ length: count }, (_, i) => ({ name: `price${i}` }));

function outlineOf(request: Parameters<typeof create<typeof ModelInferRequestSchema>>[1]) {
  return outline(toBinary(ModelInferRequestSchema, create(ModelInferRequestSchema, request)));
}

test("a table of a thousand numbers may be asked about, with as many outputs", () => {
  const inputs = names(1000).map((name) => ({ ...name, ...INPUT }));
  const rawInputContents = inputs.map(() => new Uint8Array(8));
  const { request, raw } = outlineOf({ inputs, outputs: names(1000), rawInputContents });
  assert.equal(request.inputs.length, 1000);
  assert.equal(request.outputs!.length, 1000);
  assert.deepEqual(new Set(raw.map(({ start, end }) => end - start)), new Set([8]));
});

test("more tensors, fields or bytes of names than any request needs are too much", () => {
  const code = "too-large";
  assert.throws(() => outlineOf({ inputs: Array.from({ length: 2001 }, () => ({})) }), {
    code,
    message: "the message has more than 2000 inputs and outputs",
  });
  assert.throws(() => outlineOf({ rawInputContents: new Array(10_001).fill(new Uint8Array()) }), {
    code,
    message: "the message has more than 10000 fields",
  });
  assert.throws(() => outlineOf({ id: "a".repeat(262_145) }), {
    code,
    message: "the message has more than 262144 bytes of names, shapes and parameters",
  });
});
