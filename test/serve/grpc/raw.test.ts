/** The view of a bundle's own inputs over gRPC: metadata, raw contents and contents, small and large, errors by row. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { status } from "@grpc/grpc-js";
import sharp from "sharp";
import type * as pb from "../../../serve/grpc/openInference_pb.ts";
import type { Server } from "../../../serve/server.ts";
import { LABELS } from "../../pipeline/sampleMovies.ts";
import { bytesTensor, textsOf } from "../oip/binary.ts";
import { createLab, type Lab, post } from "../server.ts";
import { floatsOf, GrpcClient, type InferRequest } from "./client.ts";

let lab: Lab;
let server: Server;
let client: GrpcClient;
let poster: Buffer;
before(async () => {
  lab = await createLab();
  server = await lab.serve({ grpcPort: 0, maxMovies: 16 });
  client = new GrpcClient(server.grpcAddress!);
  poster = await sharp({ create: { width: 40, height: 30, channels: 3, background: "red" } })
    .png()
    .toBuffer();
});
after(async () => {
  client.close();
  await lab.close();
});

test("the view's metadata and configuration", async () => {
  const name = "tiny_raw";
  const { message: model } = await client.call<pb.ModelMetadataResponse>("ModelMetadata", { name });
  assert.equal(model!.name, name);
  assert.deepEqual(
    [...model!.inputs.slice(0, 2), model!.outputs[2]!].map((info) => [
      info.name,
      info.datatype,
      info.shape,
    ]),
    [
      ["title", "BYTES", [-1n, 1n]],
      ["year", "FP64", [-1n, 1n]],
      ["selected", "BYTES", [-1n, -1n]],
    ],
  );
  const { message } = await client.call<pb.ModelConfigResponse>("ModelConfig", { name });
  assert.deepEqual(
    message!.config!.input.slice(0, 2).map(({ dataType, dims }) => [dataType, dims]),
    [
      [13, [1n]],
      [12, [1n]],
    ],
  );
  assert.equal((await client.call("ModelReady", { name })).code, status.OK);
  const { code } = await client.call("ModelReady", { name: "other_raw" });
  assert.equal(code, status.NOT_FOUND);
});

/** A request for rows with a title, a year and a poster, in raw contents or in the inputs' own. */
function requestOf(titles: readonly string[], years: readonly number[], isRaw: boolean) {
  const rows = titles.length;
  const posters = titles.map(() => new Uint8Array(poster));
  const numbers = new Uint8Array(Float64Array.from(years).buffer);
  const inputs = ["title", "year", "poster"].map((name) => ({
    name,
    datatype: name === "year" ? "FP64" : "BYTES",
    shape: [BigInt(rows), 1n],
  }));
  if (isRaw) {
    const rawInputContents = [bytesTensor(titles), numbers, bytesTensor(posters)];
    return { modelName: "tiny_raw", inputs, rawInputContents };
  }
  const contents = [
    { bytesContents: titles.map((title) => new TextEncoder().encode(title)) },
    { fp64Contents: [...years] },
    { bytesContents: posters },
  ];
  const own = inputs.map((input, i) => ({ ...input, contents: contents[i]! }));
  return { modelName: "tiny_raw", inputs: own };
}

test("answers are those of /v1/predict, from both kinds of contents, few and many", async () => {
  // The second is read in a thread.
  for (const titles of [["war"], Array.from({ length: 16 }, (_, i) => `war cat ${i}`.repeat(9))]) {
    const years = titles.map((_, i) => (i % 2 === 0 ? 1950 + i : Number.NaN));
    const items = titles.map((title, i) => ({
      title,
      ...(Number.isNaN(years[i]) ? {} : { year: years[i] }),
      poster: poster.toString("base64"),
    }));
    const { json } = await post(`${server.url}/v1/predict`, items);
    for (const isRaw of [true, false]) {
      const request: InferRequest = requestOf(titles, years, isRaw);
      const { code, details, message } = await client.infer(request);
      assert.equal(code, status.OK, details);
      assert.equal(message!.modelName, "tiny_raw");
      const probabilities = floatsOf(message!, "probabilities");
      const place = message!.outputs.findIndex(({ name }) => name === "selected");
      const selected = textsOf(Buffer.from(message!.rawOutputContents[place]!));
      assert.deepEqual(
        selected.filter(Boolean),
        json.predictions.flatMap((answer: { selected: string[] }) => answer.selected),
      );
      for (const [row, { scores }] of json.predictions.entries()) {
        for (const { label, probability } of scores) {
          const given = probabilities[row * LABELS.length + LABELS.indexOf(label)]!;
          assert.ok(Math.abs(given - probability) < 1e-6, `${label} of row ${row}`);
        }
      }
    }
  }
});

/** A request for one row of a title and a year in the field of its datatype. */
const withYear = (datatype: string, field: string, year: number | bigint): InferRequest => ({
  modelName: "tiny_raw",
  inputs: [
    {
      ...{ name: "title", datatype: "BYTES", shape: [1n] },
      contents: { bytesContents: [new TextEncoder().encode("war")] },
    },
    { name: "year", datatype, shape: [1n], contents: { [field]: [year] } },
  ],
});

test("contents of every type of number, negative ones and those that the type does not hold", async () => {
  const answer = async (...given: Parameters<typeof withYear>) => {
    const { code, details, message } = await client.infer(withYear(...given));
    return code === status.OK ? floatsOf(message!, "probabilities") : details;
  };
  const expected = await answer("FP64", "fp64Contents", 1990);
  assert.ok(Array.isArray(expected));
  const fields = {
    ...{ INT16: "intContents", INT32: "intContents", INT64: "int64Contents" },
    ...{ UINT16: "uintContents", UINT32: "uintContents", UINT64: "uint64Contents" },
  };
  for (const [datatype, field] of Object.entries(fields)) {
    const year = field.includes("64") ? 1990n : 1990;
    assert.deepEqual(await answer(datatype, field, year), expected, datatype);
  }
  const refused: [given: Parameters<typeof withYear>, message: RegExp][] = [
    ...(["INT8", "INT16", "INT32"] as const).map((type): [Parameters<typeof withYear>, RegExp] => [
      [type, "intContents", -7],
      /row 0: -7 /,
    ]),
    [["INT64", "int64Contents", -7n], /row 0: -7 is not/],
    [["UINT32", "uintContents", 4294967295], /row 0: 4294967295 is not/],
    [["UINT64", "uint64Contents", 2n ** 63n], /row 0: 9223372036854776000 is not/],
    [["INT8", "intContents", -129], /"year" holds -129 at place 0, which is not a valid INT8$/],
    [["INT16", "intContents", 32768], /"year" holds 32768 at place 0, which is not a valid INT16/],
    [["UINT16", "uintContents", 65536], /holds 65536 at place 0, which is not a valid UINT16/],
    [["INT64", "intContents", 1990], /its values are in int_contents, expected int64_contents/],
  ];
  for (const [given, message] of refused) assert.match(String(await answer(...given)), message);
});

test("errors name the input and the row", async () => {
  const { code, details } = await client.infer(requestOf(["war", "cat"], [1990, 7], true));
  assert.equal(code, status.INVALID_ARGUMENT);
  assert.match(details, /^input "year", row 1: 7 is not a whole number/);
});
