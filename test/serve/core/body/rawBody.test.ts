/** Receiving bodies, packed or not, within limits that are checked while they arrive. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { brotliCompressSync, constants, deflateSync, gzipSync } from "node:zlib";
import express from "express";
import { rawBody } from "../../../../serve/core/body/rawBody.ts";
import { toHttpError } from "../../../../serve/core/toHttpError.ts";

let server: Server;
let port: number;
/** Bytes of the bodies that were received whole. */
const received: number[] = [];

before(async () => {
  const app = express();
  app.post(
    "/",
    rawBody({ maxBytes: 8_000_000, accepts: (request) => !request.is("text/plain") }),
    (request, response) => {
      if (request.body !== undefined) received.push((request.body as Buffer).length);
      response.end(request.body);
    },
  );
  app.use(((error, _request, response, _next) => {
    const { status, message } = toHttpError(error);
    response.status(status).end(message);
  }) satisfies express.ErrorRequestHandler);
  server = createServer(app).listen(0, "127.0.0.1");
  await once(server, "listening");
  ({ port } = server.address() as AddressInfo);
});
after(() => server.close());

async function post(
  body: Uint8Array<ArrayBuffer> | ReadableStream,
  headers: Record<string, string> = {},
) {
  const response = await fetch(`http://127.0.0.1:${port}/`, {
    method: "POST",
    body,
    headers,
    ...(body instanceof ReadableStream ? { duplex: "half" } : {}),
  } as RequestInit);
  return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()) };
}

/** Fast, rather than as well as it can. */
const brotli = (bytes: Uint8Array) =>
  brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 3 } });
const PACKED = { gzip: gzipSync, deflate: deflateSync, br: brotli };
const words = Buffer.from(Array.from({ length: 1e5 }, (_, i) => `{"user":"u${i * i}"},`).join(""));

test("bodies arrive as they were sent, packed in any way", async () => {
  assert.deepEqual((await post(new Uint8Array(words))).bytes, words);
  for (const [encoding, pack] of Object.entries(PACKED)) {
    const { status, bytes } = await post(new Uint8Array(pack(words)), {
      "content-encoding": encoding,
    });
    assert.equal(status, 200);
    assert.deepEqual(bytes, words, encoding);
  }
});

test("no body, and bodies of others, are left alone", async () => {
  received.length = 0;
  assert.equal((await fetch(`http://127.0.0.1:${port}/`, { method: "POST" })).status, 200);
  const { bytes } = await post(new Uint8Array(words), { "content-type": "text/plain" });
  assert.equal(bytes.length, 0);
  assert.deepEqual(received, [0]);
});

test("a body that is too large is refused by its length, or when the first byte too many has come", async () => {
  received.length = 0;
  const large = new Uint8Array(8_000_001);
  const streamed = () => new Blob([large]).stream() as ReadableStream;
  for (const body of [large, streamed()]) {
    const { status, bytes } = await post(body);
    assert.equal(status, 413);
    assert.equal(bytes.toString(), "body: the body is too large");
  }
  assert.equal((await post(large.subarray(1))).status, 200);
  assert.deepEqual(received, [8_000_000]);
});

test("a body compressed more than 100:1 is refused before it is unpacked, but for the first 4 MB", async () => {
  received.length = 0;
  for (const [encoding, pack] of Object.entries(PACKED)) {
    const headers = { "content-encoding": encoding };
    const { status, bytes } = await post(new Uint8Array(pack(Buffer.alloc(7_000_000))), headers);
    assert.equal(status, 413, encoding);
    assert.equal(bytes.toString(), "body: is compressed more than 100:1");
    assert.equal((await post(new Uint8Array(pack(Buffer.alloc(3_900_000))), headers)).status, 200);
  }
  assert.deepEqual(received, [3_900_000, 3_900_000, 3_900_000]);
});

test("damaged and unknown packings are refused", async () => {
  const cut = gzipSync(words).subarray(0, 1000);
  const [gzip, other] = [{ "content-encoding": "gzip" }, { "content-encoding": "rot13" }];
  assert.equal((await post(new Uint8Array(cut), gzip)).status, 400);
  assert.equal((await post(new Uint8Array(words), gzip)).status, 400);
  const { status, bytes } = await post(new Uint8Array(words), other);
  assert.equal(status, 415);
  assert.equal(bytes.toString(), 'body: unsupported content encoding "rot13"');
});

test("a client that disconnects in the middle of a body leaves nothing behind", async () => {
  received.length = 0;
  const half = send({ port, method: "POST", headers: { "content-length": 100 } });
  half.on("error", () => {});
  half.write("x".repeat(50));
  await once(server, "request");
  half.destroy();
  assert.equal((await post(new Uint8Array(3))).status, 200);
  assert.deepEqual(received, [3]);
});
