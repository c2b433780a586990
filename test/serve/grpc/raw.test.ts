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

test("errors name the input and the row", async () => {
  const { code, details } = await client.infer(requestOf(["war", "cat"], [1990, 7], true));
  assert.equal(code, status.INVALID_ARGUMENT);
  assert.match(details, /^input "year", row 1: 7 is not a whole number/);
});
