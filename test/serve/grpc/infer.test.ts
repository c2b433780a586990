/** The Open Inference Protocol over gRPC: metadata, answers, errors by status, streams, health and reflection. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import {
  Client,
  credentials,
  makeGenericClientConstructor,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import fc from "fast-check";
import { service as healthService } from "grpc-health-check";
import type * as pb from "../../../serve/grpc/openInference_pb.ts";
import {
  ModelInferRequestSchema,
  ModelInferResponseSchema,
} from "../../../serve/grpc/openInference_pb.ts";
import type { Server } from "../../../serve/server.ts";
import { until } from "../../until.ts";
import { metric } from "../halfBody.ts";
import { sampleFeeds, type Tensors } from "../sampleFeeds.ts";
import { createLab, type Lab } from "../server.ts";
import { contentsRequest, floatsOf, GrpcClient, type InferRequest, rawRequest } from "./client.ts";

const INFER = "/inference.GRPCInferenceService/ModelInfer";

let lab: Lab;
let server: Server;
let client: GrpcClient;
let feeds: Tensors;
let expected: Tensors;

before(async () => {
  lab = await createLab();
  server = await lab.serve({ grpcPort: 0, maxMovies: 16, maxBatch: 4 });
  client = new GrpcClient(server.grpcAddress!);
  // More rows than a batch has, so that they are run in parts and put together again.
  ({ feeds, expected } = await sampleFeeds(lab.model, 6));
});
after(async () => {
  client.close();
  await lab.close();
});

function assertClose(answer: pb.ModelInferResponse | undefined, names = Object.keys(expected)) {
  assert.deepEqual(
    answer?.outputs.map(({ name, datatype, shape }) => [name, datatype, shape.map(Number)]),
    names.map((name) => [name, "FP32", [6, 3]]),
  );
  for (const name of names) {
    const { data } = expected[name]!;
    const actual = floatsOf(answer!, name);
    for (const [i, value] of data.entries()) assert.ok(Math.abs(value - actual[i]!) < 1e-6, name);
  }
}

test("server, model and health", async () => {
  const ask = async (method: string, request: Record<string, unknown>) => {
    const { code, message } = await client.call<Record<string, unknown>>(method, request);
    const { $typeName: _, ...fields } = message ?? {};
    return code === status.OK ? fields : status[code];
  };
  assert.deepEqual(await ask("ServerLive", {}), { live: true });
  assert.deepEqual(await ask("ServerReady", {}), { ready: true });
  assert.equal(((await ask("ServerMetadata", {})) as { name: string }).name, "marquee");
  const { message: model } = await client.call<pb.ModelMetadataResponse>("ModelMetadata", {
    name: "tiny",
  });
  assert.equal(model!.platform, "onnx_onnxv1");
  assert.deepEqual(
    [...model!.inputs.slice(0, 1), ...model!.outputs.slice(0, 1)].map(
      ({ name, datatype, shape }) => [name, datatype, shape],
    ),
    [
      ["title_tokens", "INT32", [-1n, 3n, 5n]],
      ["probabilities", "FP32", [-1n, 3n]],
    ],
  );
  const [version] = model!.versions;
  assert.match(version!, /^[0-9a-f]{12}$/);
  for (const given of ["", version]) {
    assert.deepEqual(await ask("ModelReady", { name: "tiny", version: given }), { ready: true });
  }
  const { message } = await client.call<pb.ModelConfigResponse>("ModelConfig", { name: "tiny" });
  assert.equal(message!.config!.maxBatchSize, 16);
  assert.deepEqual(
    message!.config!.input.slice(0, 2).map(({ name, dataType, dims }) => [name, dataType, dims]),
    [
      ["title_tokens", 8, [3n, 5n]],
      ["year", 11, [1n]],
    ],
  );
  for (const given of [{ name: "other" }, { name: "tiny", version: "7" }, { name: "" }]) {
    assert.equal(await ask("ModelReady", given), "NOT_FOUND");
    assert.equal(await ask("ModelMetadata", given), "NOT_FOUND");
  }
});

test("raw contents or the inputs' own, all outputs or some; ids come back", async () => {
  for (const request of [rawRequest(feeds), contentsRequest(feeds)]) {
    const { code, details, message, metadata } = await client.infer(
      { ...request, id: "ours" },
      { "x-request-id": "a.request" },
    );
    assert.equal(code, status.OK, details);
    assert.equal(message!.id, "ours");
    assert.equal(message!.modelName, "tiny");
    assert.match(message!.modelVersion, /^[0-9a-f]{12}$/);
    assert.equal(metadata["x-request-id"], "a.request");
    assertClose(message);
    const some = await client.infer({ ...request, outputs: [{ name: "modality_weights" }] });
    assertClose(some.message, ["modality_weights"]);
    assert.match(String(some.metadata["x-request-id"]), /^[0-9a-f-]{36}$/);
  }
});

test("values one by one, as encoders without packing send them, in two parts", async () => {
  const writer = new BinaryWriter();
  const { LengthDelimited, Varint, Bit32 } = WireType;
  writer.tag(1, LengthDelimited).string("tiny");
  const { inputs } = create(ModelInferRequestSchema, rawRequest(feeds));
  for (const { name, datatype, shape } of inputs) {
    const { type, data } = feeds[name]!;
    writer.tag(5, LengthDelimited).fork();
    const middle = data.length >> 1;
    for (const part of [data.subarray(0, middle), data.subarray(middle)]) {
      writer.tag(5, LengthDelimited).fork();
      for (const value of part) {
        if (type === "float32") writer.tag(6, Bit32).float(value);
        else if (type === "int32") writer.tag(2, Varint).int32(value);
        else writer.tag(4, Varint).uint32(value);
      }
      writer.join();
    }
    // What says how they are to be read comes last.
    for (const size of shape) writer.tag(3, Varint).int64(size);
    writer.tag(2, LengthDelimited).string(datatype);
    writer.tag(1, LengthDelimited).string(name).join();
  }
  const { code, details, message } = await client.send(INFER, writer.finish());
  assert.equal(code, status.OK, details);
  assertClose(fromBinary(ModelInferResponseSchema, message!));
});

test("large messages are decoded in a thread: the same answers, and the same errors", async () => {
  const large = await lab.serve({ grpcPort: 0, maxMovies: 300 });
  const other = new GrpcClient(large.grpcAddress!);
  const many = await sampleFeeds(lab.model, 260);
  const answer = await other.infer({ ...contentsRequest(many.feeds), id: "large" });
  assert.equal(answer.code, status.OK, answer.details);
  assert.equal(answer.message!.id, "large");
  const { data } = many.expected.probabilities!;
  const actual = floatsOf(answer.message!, "probabilities");
  assert.equal(actual.length, data.length);
  for (const [i, value] of data.entries()) assert.ok(Math.abs(value - actual[i]!) < 1e-5);
  const raw = rawRequest(many.feeds);
  const { code, details } = await other.infer({
    ...raw,
    rawInputContents: raw.rawInputContents!.with(2, new Uint8Array(5_000_000)),
  });
  assert.equal(code, status.INVALID_ARGUMENT);
  assert.match(details, /"poster" has binary_data_size 5000000; its shape takes 149760 bytes/);
  other.close();
});

type Inputs = NonNullable<InferRequest["inputs"]>;
const changed =
  (name: string, change: object) =>
  (request: InferRequest): InferRequest => ({
    ...request,
    inputs: request.inputs!.map((input) =>
      input.name === name ? ({ ...input, ...change } as Inputs[number]) : input,
    ),
  });
const REFUSED: [what: string, change: (request: InferRequest) => InferRequest, message: RegExp][] =
  [
    ["no inputs", () => ({ modelName: "tiny" }), /^inputs: is empty/],
    ["an unknown datatype", changed("year", { datatype: "FP33" }), /inputs\[1\]\.datatype/],
    [
      "another datatype",
      changed("year", { datatype: "FP16" }),
      /"year" has datatype FP16; .* FP32/,
    ],
    ["another rank", changed("year", { shape: [6n] }), /"year" has shape \[6\]/],
    ["a negative size", changed("year", { shape: [-1n, 1n] }), /inputs\[1\]\.shape\[0\]/],
    ["an unknown input", changed("year", { name: "age" }), /"age" is not one of the model's/],
    ["an unknown output", (request) => ({ ...request, outputs: [{ name: "logits" }] }), /"logits"/],
    [
      "an output asked for twice",
      (request) => ({
        ...request,
        outputs: [{ name: "probabilities" }, { name: "probabilities" }],
      }),
      /^output "probabilities" is asked for twice$/,
    ],
    [
      "shared memory",
      (request) => ({
        ...changed("year", {
          parameters: {
            shared_memory_region: { parameterChoice: { case: "stringParam", value: "r" } },
          },
        })(request),
        rawInputContents: request.rawInputContents?.toSpliced(1, 1) ?? [],
      }),
      /"year" is in shared memory/,
    ],
    ["a long id", (request) => ({ ...request, id: "x".repeat(201) }), /^id: has more than 200/],
  ];
for (const [what, change, message] of REFUSED) {
  test(`refused as INVALID_ARGUMENT: ${what}`, async () => {
    for (const request of [rawRequest(feeds), contentsRequest(feeds)]) {
      const { code, details, metadata } = await client.infer(change(request));
      assert.equal(code, status.INVALID_ARGUMENT, details);
      assert.match(details, message);
      assert.equal(metadata["problem-type"], "urn:marquee:problem:invalid-tensors");
    }
  });
}

const OF_RAW: typeof REFUSED = [
  [
    "a tensor too few",
    (request) => ({ ...request, rawInputContents: request.rawInputContents!.slice(1) }),
    /raw_input_contents has 5 tensors, but 6 inputs are described/,
  ],
  [
    "a tensor too short",
    (request) => ({
      ...request,
      rawInputContents: request.rawInputContents!.with(1, new Uint8Array(20)),
    }),
    /"year" has binary_data_size 20; its shape takes 24 bytes/,
  ],
  [
    "both forms",
    changed("year", { contents: { fp32Contents: [1] } }),
    /"year" has contents, but raw/,
  ],
];
const OF_CONTENTS: typeof REFUSED = [
  ["no values", changed("year", { contents: undefined }), /"year" has no contents/],
  [
    "too few values",
    changed("year", { contents: { fp32Contents: [1] } }),
    /"year" has 1 values; its shape \[6,1\] takes 6/,
  ],
  [
    "too many values",
    changed("year", { contents: { fp32Contents: [1, 2, 3, 4, 5, 6, 7] } }),
    /"year" has more values than its shape \[6,1\] takes, 6/,
  ],
  [
    "values in another field",
    changed("year", { contents: { fp64Contents: [1] } }),
    /values are in fp64_contents, expected fp32_contents/,
  ],
  [
    "a byte too large",
    changed("poster", { contents: { uintContents: [1, 256] } }),
    /"poster" holds 256 at place 1, which is not a valid UINT8/,
  ],
  [
    "an infinite float",
    changed("year", { contents: { fp32Contents: [1, 2, 3, 4, 5, 1 / 0] } }),
    /"year" holds Infinity at place 5/,
  ],
];
for (const [form, request, cases] of [
  ["raw", rawRequest, OF_RAW],
  ["contents", contentsRequest, OF_CONTENTS],
] as const) {
  for (const [what, change, message] of cases) {
    test(`refused as INVALID_ARGUMENT, ${form}: ${what}`, async () => {
      const { code, details } = await client.infer(change(request(feeds)));
      assert.equal(code, status.INVALID_ARGUMENT, details);
      assert.match(details, message);
    });
  }
}

test("another model, and more than is accepted", async () => {
  const { code, details } = await client.infer({ ...rawRequest(feeds), modelName: "other" });
  assert.equal(code, status.NOT_FOUND);
  assert.match(details, /^there is no model "other"/);
  const rows = await client.infer(changed("year", { shape: [99n, 1n] })(rawRequest(feeds)));
  assert.match(rows.details, /the batch has 99 rows; at most 16/);
  // Names of any characters, and too long for a header, are cut between them.
  const odd = await client.infer({ ...rawRequest(feeds), modelName: "\u{1f600}".repeat(10_000) });
  assert.equal(odd.code, status.NOT_FOUND);
  assert.ok(odd.details.length < 1100);
});

test("300 damaged messages: an error or an answer, never a failure of the server", async () => {
  const encode = (request: InferRequest) =>
    toBinary(ModelInferRequestSchema, create(ModelInferRequestSchema, request));
  const whole = [encode(rawRequest(feeds)), encode(contentsRequest(feeds))];
  const damaged = fc.constantFrom(...whole).chain((bytes) =>
    fc.oneof(
      fc.integer({ min: 0, max: bytes.length - 1 }).map((end) => bytes.subarray(0, end)),
      fc
        .array(
          fc.tuple(fc.integer({ min: 0, max: bytes.length - 1 }), fc.integer({ max: 255, min: 0 })),
          {
            minLength: 1,
            maxLength: 4,
          },
        )
        .map((changes) => {
          const copy = Uint8Array.from(bytes);
          for (const [at, value] of changes) copy[at] = value;
          return copy;
        }),
      // The head has most of the structure.
      fc
        .tuple(fc.integer({ min: 0, max: 300 }), fc.integer({ max: 255, min: 0 }))
        .map(([at, value]) => bytes.with(at, value)),
      fc.uint8Array({ maxLength: 60 }),
    ),
  );
  const fine = [status.OK, status.INVALID_ARGUMENT, status.NOT_FOUND, status.RESOURCE_EXHAUSTED];
  await fc.assert(
    fc.asyncProperty(damaged, async (bytes) => {
      const { code, details } = await client.send(INFER, bytes);
      assert.ok(fine.includes(code), `${status[code]}: ${details}`);
    }),
    { numRuns: 300, seed: 1 },
  );
  assertClose((await client.infer(rawRequest(feeds))).message);
});

test("a stream: answers in order; an error is the answer of its request alone", async () => {
  const stream = client.stream();
  const answers: pb.ModelStreamInferResponse[] = [];
  stream.on("data", (answer) => answers.push(answer));
  const ended = new Promise<status>((resolve) => stream.on("status", ({ code }) => resolve(code)));
  for (const id of ["a", "b", "c"]) {
    const request = id === "b" ? { modelName: "other" } : rawRequest(feeds);
    stream.write(create(ModelInferRequestSchema, { ...request, id }));
  }
  stream.end();
  assert.equal(await ended, status.OK);
  assert.deepEqual(
    answers.map(({ errorMessage, inferResponse }) => errorMessage || inferResponse?.id),
    ["a", "inputs: is empty", "c"],
  );
  assertClose(answers[2]!.inferResponse);
  assert.equal(await metric(server.url, "marquee_queue_depth"), 0);
  assert.equal(await metric(server.url, "marquee_body_bytes"), 0);
});

test("calls are measured by method and status", async () => {
  const own = await lab.serve({ grpcPort: 0 });
  const other = new GrpcClient(own.grpcAddress!);
  assert.equal((await other.infer(rawRequest(feeds))).code, status.OK);
  assert.equal((await other.infer({})).code, status.INVALID_ARGUMENT);
  for (const code of ["OK", "INVALID_ARGUMENT"]) {
    const labels = `method="inference.GRPCInferenceService/ModelInfer",code="${code}"`;
    assert.equal(await metric(own.url, `marquee_grpc_request_seconds_count{${labels}}`), 1);
  }
  other.close();
});

test("health checks follow the server, and reflection names its services", async () => {
  const own = await lab.serve({ grpcPort: 0 });
  const channel = credentials.createInsecure();
  const Health = makeGenericClientConstructor(healthService as never, "Health");
  const health = new Health(own.grpcAddress!, channel);
  const check = (service: string) =>
    new Promise((resolve) =>
      health.Check!({ service }, (error: ServiceError | null, answer: { status: string }) =>
        resolve(error ? status[error.code] : answer.status),
      ),
    );
  assert.equal(await check(""), "SERVING");
  assert.equal(await check("inference.GRPCInferenceService"), "SERVING");
  assert.equal(await check("nothing"), "NOT_FOUND");
  const watched: string[] = [];
  const watch = health.Watch!({ service: "" });
  const over = new Promise((resolve) => watch.on("error", resolve));
  watch.on("data", (answer: { status: string }) => watched.push(answer.status));
  await until(() => watched.length === 1);

  const { host } = new URL(`http://${own.grpcAddress}`);
  assert.deepEqual(await reflectedServices(host), [
    "grpc.health.v1.Health",
    "inference.GRPCInferenceService",
  ]);
  await own.close(0.05);
  assert.deepEqual(watched, ["SERVING", "NOT_SERVING"]);
  assert.match(String(await over), /shutting down/);
  health.close();
});

/** Asks by the wire's own bytes, as there is no client for it: field 7 is "list services", field 6 of the answer has them. */
async function reflectedServices(address: string): Promise<string[]> {
  const client = new Client(address, credentials.createInsecure());
  const stream = client.makeBidiStreamRequest<Buffer, Buffer>(
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    (bytes) => bytes,
    (bytes) => bytes,
  );
  stream.write(
    Buffer.from(new BinaryWriter().tag(7, WireType.LengthDelimited).string("").finish()),
  );
  const [answer] = (await once(stream, "data")) as [Buffer];
  stream.end();
  client.close();
  return [...new Set(answer.toString("latin1").match(/(?:grpc\.health|inference)[\w.]+/g))].sort();
}
