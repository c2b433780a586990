/** Over gRPC, calls stand behind the same keys, rates, queue and limits of bodies as requests over HTTP. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { create, toBinary } from "@bufbuild/protobuf";
import { status } from "@grpc/grpc-js";
import { ModelInferRequestSchema } from "../../../serve/grpc/openInference_pb.ts";
import { until } from "../../until.ts";
import { metric, sendHalf } from "../halfBody.ts";
import { sampleFeeds } from "../sampleFeeds.ts";
import { createLab, type Lab, post } from "../server.ts";
import { GrpcClient, type InferRequest, rawRequest } from "./client.ts";
import { callHalf } from "./halfCall.ts";

let lab: Lab;
let request: InferRequest;
/** The request's bytes. */
let message: Uint8Array;
before(async () => {
  lab = await createLab();
  request = rawRequest((await sampleFeeds(lab.model, 2)).feeds);
  message = toBinary(ModelInferRequestSchema, create(ModelInferRequestSchema, request));
});
after(() => lab.close());

async function serve(settings: Parameters<Lab["serve"]>[0] = {}) {
  const { url, grpcAddress, close } = await lab.serve({ grpcPort: 0, ...settings });
  return { url, address: grpcAddress!, close };
}

async function withClient<T>(address: string, use: (client: GrpcClient) => Promise<T>): Promise<T> {
  const client = new GrpcClient(address);
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

const codeOf = ({ code }: { readonly code: number }) => status[code];
const unfinished = (url: string) => metric(url, "marquee_unfinished_bodies");
const held = (url: string) => metric(url, "marquee_body_bytes");
const rejected = (url: string, reason: string) =>
  metric(url, `marquee_rejections_total{reason="${reason}"}`);
/** A message of as many bytes, which is a wrong one. */
const long = (bytes: number) => new Uint8Array(bytes);

test("API keys, in either header; probes need none", async () => {
  const key = "a key of sixteen or more".replaceAll(" ", "-");
  const operator = "an-operator's-key-0123456789";
  const { url, address } = await serve({
    apiKeys: [key],
    operatorKeys: [operator],
    ratePerMinute: 4,
  });
  await withClient(address, async (client) => {
    const ok = [
      { authorization: `Bearer ${key}` },
      { "x-api-key": key },
      { "x-api-key": operator },
    ];
    for (const metadata of ok) assert.equal(codeOf(await client.infer(request, metadata)), "OK");
    for (const metadata of [{}, { "x-api-key": "another-key-of-sixteen" }]) {
      const answer = await client.infer(request, metadata);
      assert.equal(codeOf(answer), "UNAUTHENTICATED");
      assert.equal(answer.metadata["www-authenticate"], 'Bearer realm="marquee"');
    }
    assert.equal(codeOf(await client.call("ModelReady", { name: "tiny" })), "UNAUTHENTICATED");
    assert.equal(codeOf(await client.call("ServerReady", {})), "OK");
    assert.equal(await rejected(url, "unauthorized"), 3);
    // As many without a valid key as with one.
    assert.equal(codeOf(await client.infer(request)), "UNAUTHENTICATED");
    assert.equal(codeOf(await client.infer(request)), "RESOURCE_EXHAUSTED");
    // The rate of a key is one for both protocols.
    const predict = () => post(`${url}/v1/predict`, { title: "war" }, { "x-api-key": key });
    assert.equal((await predict()).status, 200);
    assert.equal(codeOf(await client.infer(request, { "x-api-key": key })), "OK");
    const refused = await client.infer(request, { "x-api-key": key });
    assert.equal(codeOf(refused), "RESOURCE_EXHAUSTED");
    assert.equal(refused.metadata["problem-type"], "urn:marquee:problem:rate-limit");
    assert.ok(Number(refused.metadata["retry-after"]) >= 1);
    assert.equal((await predict()).status, 429);
  });
});

test("messages that are too large, as they are or unpacked, are refused; others may be packed", async () => {
  const { url, address } = await serve({ bodyMb: 6 });
  const packed = (bytes: Uint8Array) =>
    callHalf(address, gzipSync(bytes), {
      isPacked: true,
      headers: { "grpc-encoding": "gzip" },
    }).finish();
  const refused: [Promise<{ code: number; details: string }>, RegExp][] = [
    [callHalf(address, long(6_000_001)).finish(), /larger than max/],
    [packed(long(6_000_001)), /is compressed more than 100:1/],
    [packed(long(5_000_000)), /is compressed more than 100:1/],
  ];
  for (const [ended, details] of refused) {
    const answer = await ended;
    assert.equal(codeOf(answer), "RESOURCE_EXHAUSTED");
    assert.match(answer.details, details);
  }
  // Packed 2 to 1.
  const noise = Uint8Array.from({ length: 6_500_000 }, (_, i) => (((i * i) >>> 3) % 251) & 15);
  assert.match((await packed(noise)).details, /the body is too large/);
  assert.equal(codeOf(await packed(message)), "OK");
  const damaged = { isPacked: true, headers: { "grpc-encoding": "gzip" } };
  assert.equal(codeOf(await callHalf(address, message, damaged).finish()), "INVALID_ARGUMENT");
  const unknown = { isPacked: true, headers: { "grpc-encoding": "lzw" } };
  assert.equal(codeOf(await callHalf(address, message, unknown).finish()), "UNIMPLEMENTED");
  await until(async () => (await held(url)) === 0);
});

test("unfinished messages take no place in the queue, and get one when they are there", async () => {
  const { url, address } = await serve({ maxQueue: 2 });
  const halves = Array.from({ length: 10 }, () => callHalf(address, message, { bytes: 100 }));
  await until(async () => (await unfinished(url)) === 10);
  assert.equal(await metric(url, "marquee_queue_depth"), 0);
  await withClient(address, async (client) => {
    assert.equal(codeOf(await client.infer(request)), "OK");
  });
  for (const half of halves) assert.equal(codeOf(await half.finish()), "OK");
  assert.equal(await unfinished(url), 0);
  assert.equal(await held(url), 0);
});

test("a client that leaves in the middle of its message leaves nothing behind", async () => {
  const { url, address } = await serve();
  const half = callHalf(address, long(50_000), { bytes: 40_000 });
  await until(async () => (await held(url)) >= 40_000);
  half.session.destroy();
  await until(async () => (await unfinished(url)) === 0);
  assert.equal(await held(url), 0);
});

test("a message that is late, or trickles, ends with DEADLINE_EXCEEDED", async () => {
  const late = await serve({ bodySeconds: 0.5 });
  const answer = await callHalf(late.address, long(50_000), { bytes: 40_000 }).ended;
  assert.equal(codeOf(answer), "DEADLINE_EXCEEDED");
  assert.equal(answer.details, "body: it did not arrive within 0.5 seconds");
  assert.equal(await rejected(late.url, "slow-body"), 1);
  // Also one of a method that takes no place in the queue.
  const path = "/inference.GRPCInferenceService/ServerLive";
  assert.equal(
    codeOf(await callHalf(late.address, long(9), { path, bytes: 7 }).ended),
    "DEADLINE_EXCEEDED",
  );
  await until(async () => (await unfinished(late.url)) === 0);
  assert.equal(await held(late.url), 0);
});

test("an address may have so many unfinished messages and bodies, together", async () => {
  const { url, address } = await serve({ bodiesPerAddress: 3, trustProxy: 1 });
  const from = (client: string) => ({ "x-forwarded-for": client });
  const open = (client: string) => callHalf(address, message, { bytes: 9, headers: from(client) });
  const halves = [open("192.0.2.1"), open("192.0.2.1")];
  const body = sendHalf(url, { headers: from("192.0.2.1") });
  await until(async () => (await unfinished(url)) === 3);
  const refused = await open("192.0.2.1").ended;
  assert.equal(codeOf(refused), "RESOURCE_EXHAUSTED");
  assert.match(refused.details, /^3 bodies from this address are unfinished/);
  assert.ok(Number(refused.headers["retry-after"]) >= 1);
  assert.equal(codeOf(await open("192.0.2.2").finish()), "OK");
  for (const half of halves) assert.equal(codeOf(await half.finish()), "OK");
  assert.equal((await body.finish()).status, 200);
});

test("messages and bodies have one budget; unpacked ones count with what they unpack to", async () => {
  const { url, address } = await serve({ bodyMb: 1, bodiesMb: 1.5, trustProxy: 1 });
  const from = (client: string) => ({ headers: { "x-forwarded-for": client } });
  const body = sendHalf(url, { ...from("192.0.2.1"), bytes: 900_000 });
  await until(async () => (await held(url)) > 900_000);
  const whole = await callHalf(address, long(900_000), from("192.0.2.2")).ended;
  const packed = await callHalf(address, gzipSync(long(900_000)), {
    isPacked: true,
    headers: { ...from("192.0.2.2").headers, "grpc-encoding": "gzip" },
  }).finish();
  for (const answer of [whole, packed]) {
    assert.equal(codeOf(answer), "UNAVAILABLE");
    assert.equal(answer.headers["problem-type"], "urn:marquee:problem:bodies-full");
  }
  assert.equal((await body.finish()).status, 200);
  await until(async () => (await held(url)) === 0);
  assert.equal(codeOf(await callHalf(address, message).finish()), "OK");
});

test("small pieces count with what they take in memory", async () => {
  const { url, address } = await serve({ bodyMb: 1 });
  const half = callHalf(address, long(1000), { bytes: 5 });
  await until(async () => (await held(url)) > 0);
  for (let i = 0; i < 9; i++) {
    const before = await held(url);
    half.stream.write(long(1));
    // What is written before it has left would become one piece with it.
    await until(async () => (await held(url)) > before);
  }
  assert.ok((await held(url)) > 9 * 4000);
  half.session.destroy();
  await until(async () => (await held(url)) === 0);
});

test("a full queue refuses at once; what was accepted is answered", async () => {
  const { url, address } = await serve({ maxQueue: 2 });
  await withClient(address, async (client) => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => client.infer(request)));
    const codes = new Set(answers.map(codeOf));
    assert.deepEqual([...codes].sort(), ["OK", "UNAVAILABLE"]);
    const refused = answers.find(({ code }) => code === status.UNAVAILABLE)!;
    assert.match(refused.details, /^the queue is full/);
    assert.ok(Number(refused.metadata["retry-after"]) >= 1);
    assert.equal(await metric(url, "marquee_queue_depth"), 0);
    assert.ok((await rejected(url, "queue-full")) > 0);
  });
});

test("shutdown: new calls are refused, accepted ones are answered", async () => {
  const { url, address, close } = await serve();
  const half = callHalf(address, message, { bytes: 100 });
  await until(async () => (await unfinished(url)) === 1);
  const closed = close();
  const refused = callHalf(address, message).finish();
  assert.equal(codeOf(await half.finish()), "OK");
  assert.notEqual((await refused).code, status.OK);
  await closed;
});

test("what other methods are sent is short", async () => {
  const { address } = await serve();
  for (const path of [
    "/inference.GRPCInferenceService/ServerLive",
    "/grpc.health.v1.Health/Check",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
  ]) {
    const answer = await callHalf(address, long(100_000), { path }).ended;
    assert.equal(codeOf(answer), "RESOURCE_EXHAUSTED", path);
  }
});

test("what a library says of a name is short enough for a header", async () => {
  const { address } = await serve();
  const name = toBinary(
    ModelInferRequestSchema,
    create(ModelInferRequestSchema, { modelName: "é".repeat(5000) }),
  );
  const { code, details } = await callHalf(address, name, {
    path: "/grpc.health.v1.Health/Check",
  }).finish();
  assert.equal(status[code], "NOT_FOUND");
  assert.match(details, /^Health status unknown for service é{100}/);
  assert.ok(details.length < 400);
});

test("odd names in health checks and reflection do no harm", async () => {
  const { address } = await serve();
  const text = (tag: number, bytes: readonly number[]) =>
    Uint8Array.from([tag, bytes.length, ...bytes]);
  const names = ["__proto__", "constructor", "toString", ""].map((name) => [...Buffer.from(name)]);
  // Half of a character of two, which is no UTF-8.
  names.push([0xed, 0xa0, 0x80], [0xff, 0xfe]);
  const reflection = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
  for (const name of names) {
    await callHalf(address, text(0x0a, name), { path: "/grpc.health.v1.Health/Check" }).finish();
    for (const tag of [0x1a, 0x22, 0x32, 0x3a]) {
      await callHalf(address, text(tag, name), { path: reflection }).finish();
    }
    await callHalf(address, text(0x2a, [...text(0x0a, name), 0x10, 1]), {
      path: reflection,
    }).finish();
  }
  assert.equal(codeOf(await callHalf(address, message).finish()), "OK");
});
