/** Downloads from a server that falls silent: once, and for good. */

import assert from "node:assert/strict";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, beforeEach, mock, test } from "node:test";
import { gzipSync } from "node:zlib";
import { downloadCopy } from "../../../web/download/copies.ts";
import { inTime } from "../../../web/download/inTime.ts";
import { readBody } from "../../../web/download/readBody.ts";

const FILE = Buffer.from("a file that takes its time");
const SENTENCE =
  "the download of file.json has stalled: nothing came for 30 seconds, twice; check the network, then try again";

/** How often the server falls silent, at the moment that a path names, before it answers. */
let silences = 0;
let requests: string[] = [];
/** Called when the server falls silent. */
let onSilence = () => {};
/** Sends the next part of a file that comes slowly. */
let sendNext = () => false;
let url: string;

function answer(path: string, response: ServerResponse): void {
  const bytes = path.endsWith(".gz") ? gzipSync(FILE) : FILE;
  response.setHeader("content-length", bytes.length);
  if (path.startsWith("/slowly/")) {
    const parts = [bytes.subarray(0, 5), bytes.subarray(5, 10), bytes.subarray(10)];
    sendNext = () => response.write(parts.shift() ?? "");
    sendNext();
  } else if (silences-- <= 0) response.end(bytes);
  else if (path.startsWith("/headers/")) onSilence();
  else response.write(bytes.subarray(0, 12), onSilence);
}

const server = createServer(({ method, url }, response) => {
  requests.push(`${method} ${url}`);
  if (method === "HEAD") response.end();
  else answer(url!, response);
});

before(async () => {
  Object.assign(globalThis, { HAS_COPIES: true });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  requests = [];
});
after(() => {
  mock.timers.reset();
  Reflect.deleteProperty(globalThis, "HAS_COPIES");
  server.closeAllConnections();
  server.close();
});

/** As web/worker/download.ts does. */
const download = (url: string, onBytes = () => {}, given?: AbortSignal) =>
  inTime(
    url,
    async (signal, sign) =>
      readBody((await fetch(url, { signal })).body!, () => {
        sign();
        onBytes();
      }),
    given,
  );

/** Lets so many seconds pass whenever the server falls silent. */
function letPass(seconds: number): void {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setInterval"] });
  onSilence = () => mock.timers.tick(seconds * 1000);
}

for (const moment of ["headers", "body"]) {
  test(`a download that stalls once, in its ${moment}, is requested anew`, async () => {
    letPass(30);
    silences = 1;
    const bytes = await download(`${url}/${moment}/file.json`);
    assert.deepEqual(Buffer.from(bytes), FILE);
    assert.equal(requests.length, 2);
  });

  test(`one that stalls twice in its ${moment} ends with a sentence`, async () => {
    letPass(30);
    silences = 2;
    await assert.rejects(download(`${url}/${moment}/file.json`), { message: SENTENCE });
    assert.equal(requests.length, 2);
  });

  test(`a copy that stalls in its ${moment}: once more, and then the file is not tried`, async () => {
    letPass(30);
    silences = 1;
    const path = `/${moment}/file.json`;
    assert.deepEqual(Buffer.from((await downloadCopy(url + path))!), FILE);
    silences = 2;
    requests = [];
    await assert.rejects(downloadCopy(url + path), { message: SENTENCE });
    assert.deepEqual(
      requests,
      Array(2)
        .fill([`HEAD ${path}`, `GET ${path}.gz`])
        .flat(),
    );
  });
}

test("a slow download goes on: each byte counts anew", async () => {
  letPass(0);
  let parts = 0;
  const bytes = await download(`${url}/slowly/file.json`, () => {
    mock.timers.tick(29_000);
    parts++;
    sendNext();
  });
  assert.deepEqual(Buffer.from(bytes), FILE);
  assert.equal(parts, 3);
  assert.equal(requests.length, 1);
});

test("whoever gives up on a download ends it at once", async () => {
  letPass(0);
  silences = 1;
  const giveUp = new AbortController();
  const enough = new Error("enough");
  const end = () => giveUp.abort(enough);
  await assert.rejects(download(`${url}/body/file.json`, end, giveUp.signal), enough);
  assert.equal(requests.length, 1);
});
