/** Refusals of a full queue, and of a server that is shutting down, which the application never sees. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { after, before, test } from "node:test";
import sharp from "sharp";
import { ROUTES } from "../../serve/routes.ts";
import { until } from "../until.ts";
import { metric, sendHalf } from "./halfBody.ts";
import { createLab, type Lab, post } from "./server.ts";

let lab: Lab;
before(async () => {
  lab = await createLab();
});
after(() => lab.close());

/**
 * Fills the queue with a request that takes far longer than the test: movies whose posters take seconds to decode.
 *
 * @returns A function that takes it back.
 */
async function occupy(url: string, headers: Readonly<Record<string, string>> = {}) {
  poster ??= await sharp({ create: { width: 4900, height: 4900, channels: 3, background: "#123" } })
    .png()
    .toBuffer();
  // What follows the image makes each another file, which is decoded by itself.
  const movies = Array.from({ length: MOVIES }, (_, i) => ({
    poster: Buffer.concat([poster!, Buffer.from([i])]).toString("base64"),
  }));
  const stop = new AbortController();
  const answer = fetch(`${url}/v1/predict`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(movies),
    signal: stop.signal,
  });
  await until(async () => (await metric(url, "marquee_queue_depth")) === MOVIES);
  return async () => {
    stop.abort();
    await assert.rejects(answer, { name: "AbortError" });
    await until(async () => (await metric(url, "marquee_queue_depth")) === 0);
  };
}

const MOVIES = 60;
let poster: Buffer | undefined;
/** Long enough for all tests. */
const requestTimeoutSeconds = 600;

test("with a full queue, exactly the queued routes of the table are refused", async () => {
  const { url, models } = await lab.serve({ requestTimeoutSeconds, maxQueue: 1 });
  const free = await occupy(url);
  const body = { title: "Cat" };

  const refused = await post(`${url}/v1/predict?a=b`, body, { "x-request-id": "mine-1" });
  assert.equal(refused.status, 503);
  assert.deepEqual(refused.json, {
    type: "urn:marquee:problem:queue-full",
    title: "The server is busy",
    status: 503,
    detail: "the queue is full (60 of 1 movies); try again later",
    instance: "/v1/predict",
    requestId: "mine-1",
  });
  assert.equal(refused.headers.get("content-type"), "application/problem+json");
  assert.equal(refused.headers.get("x-request-id"), "mine-1");
  assert.match(refused.headers.get("retry-after")!, /^\d+$/);

  for (const path of ["/v2/models/tiny/infer", "/v2/models/tiny/versions/1/infer"]) {
    const { status, json } = await post(`${url}${path}`, body);
    assert.deepEqual([status, Object.keys(json)], [503, ["error"]]);
  }
  for (const { method, path, queued } of ROUTES) {
    const asked = path.replace(":name", "tiny").replace(":version", models.default.model.version);
    const { status, body: unread } = await fetch(`${url}${asked}/`, { method });
    // The server would wait for its connection to take the rest.
    await unread?.cancel();
    assert.equal(status === 503, queued, `${status} to ${method} ${asked}`);
  }
  // The security headers of every answer.
  assert.equal(refused.headers.get("x-content-type-options"), "nosniff");
  for (const path of ["/v1/predict-more", "/v1/predict/more", "/v2/models/tiny/infer/more"]) {
    assert.equal((await post(`${url}${path}`, body)).status, 404, path);
  }
  assert.equal((await fetch(`${url}/v1/predict`)).status, 405);
  assert.equal(
    await metric(url, 'marquee_rejections_total{reason="queue-full"}'),
    3 + ROUTES.filter(({ queued }) => queued).length,
  );

  const timed =
    'marquee_http_request_seconds_count{method="POST",route="/v1/predict",status="503"}';
  assert.equal(await metric(url, timed), 2);

  await free();
  assert.equal((await post(`${url}/v1/predict`, body)).status, 200);
});

test("a full queue refuses requests before it checks keys, which are checked when there is room", async () => {
  const key = "first-key-0123456789";
  const { url } = await lab.serve({ requestTimeoutSeconds, maxQueue: 1, apiKeys: [key] });
  const free = await occupy(url, { "x-api-key": key });
  assert.equal((await post(`${url}/v1/predict`, { title: "Cat" })).status, 503);
  await free();
  assert.equal((await post(`${url}/v1/predict`, { title: "Cat" })).status, 401);
});

test("pages of other origins can read the refusal", async () => {
  const { url } = await lab.serve({
    requestTimeoutSeconds,
    maxQueue: 1,
    cors: ["https://example.org"],
  });
  const free = await occupy(url);
  const { status, headers } = await post(
    `${url}/v1/predict`,
    { title: "Cat" },
    { origin: "https://example.org" },
  );
  assert.equal(status, 503);
  assert.equal(headers.get("access-control-allow-origin"), "https://example.org");
  assert.match(headers.get("access-control-expose-headers")!, /retry-after/);
  const preflight = await fetch(`${url}/v1/predict`, {
    method: "OPTIONS",
    headers: { origin: "https://example.org", "access-control-request-method": "POST" },
  });
  assert.equal(preflight.status, 204);
  await free();
});

/** Sends a request on a connection that was opened before, and gives the answer's head and body. */
function ask(socket: Socket, method: string, path: string, body = ""): Promise<string> {
  const answer = new Promise<string>((resolve) => {
    let text = "";
    socket.on("data", (data) => {
      text += data;
    });
    socket.once("close", () => resolve(text));
  });
  socket.write(
    `${method} ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n` +
      `content-length: ${body.length}\r\n\r\n${body}`,
  );
  return answer;
}

test("after the drain, movies on connections that are still open are refused as draining, and counted", async () => {
  const server = await lab.serve();
  const { hostname, port } = new URL(server.url);
  const sockets = await Promise.all(
    [1, 2, 3].map(async () => {
      const socket = connect(Number(port), hostname);
      await once(socket, "connect");
      return socket;
    }),
  );
  const [first, second, third] = sockets as [Socket, Socket, Socket];
  // The server has accepted the connections once it has answered on another.
  await fetch(`${server.url}/livez`);
  const half = sendHalf(server.url);
  await until(async () => (await metric(server.url, "marquee_unfinished_bodies")) === 1);
  let closed = false;
  const closing = server.close().then(() => {
    closed = true;
  });
  const refused = await ask(first, "POST", "/v1/predict", '{"title":"Cat"}');
  assert.match(refused, /^HTTP\/1\.1 503 /);
  assert.match(refused, /"type":"urn:marquee:problem:draining"/);
  assert.match(refused, /^retry-after: \d+\r$/im);
  assert.match(
    await ask(second, "GET", "/metrics"),
    /^marquee_rejections_total\{reason="draining"\} 1$/m,
  );
  assert.match(
    await ask(third, "GET", "/readyz"),
    /^HTTP\/1\.1 503 .*\{"status":"shutting down"\}$/s,
  );
  // What was accepted before is finished first.
  assert.equal(closed, false);
  assert.equal((await half.finish()).status, 200);
  await closing;
});
