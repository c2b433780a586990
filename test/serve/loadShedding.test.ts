/** Refusals of a full queue, which the application never sees. */

import assert from "node:assert/strict";
import { request } from "node:http";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { createLab, type Lab, post } from "../server.ts";

let lab: Lab;
before(async () => {
  lab = await createLab();
});
after(() => lab.close());

/** Takes a place in the queue until it is told to finish: its body does not end. */
async function occupy(url: string, headers: Readonly<Record<string, string>> = {}) {
  const half = request(`${url}/v1/predict`, {
    method: "POST",
    headers: { "content-type": "application/json", "transfer-encoding": "chunked", ...headers },
  });
  half.write('{"title":');
  while ((await metric(url, "marquee_queue_depth")) === 0) await pause(5);
  return () =>
    new Promise<number>((resolve, reject) => {
      half.once("response", (response) => {
        response.resume();
        resolve(response.statusCode!);
      });
      half.once("error", reject).end('"War"}');
    });
}

async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1] ?? 0);
}

test("with a full queue, what needs a place in it is refused, all else is answered", async () => {
  const { url } = await lab.serve({ maxQueue: 1 });
  const finish = await occupy(url);
  const body = { title: "Cat" };

  const refused = await post(`${url}/v1/predict?a=b`, body, { "x-request-id": "mine-1" });
  assert.equal(refused.status, 503);
  assert.deepEqual(refused.json, {
    type: "urn:marquee:problem:queue-full",
    title: "The server is busy",
    status: 503,
    detail: "1 movies are waiting and no more are accepted; try again later",
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
  // No other origin's page may read it, and no browser guess what it is: as with every answer.
  assert.equal(refused.headers.get("x-content-type-options"), "nosniff");
  for (const path of ["/v1/predict-more", "/v1/predict/more", "/v2/models/tiny/infer/more"]) {
    assert.equal((await post(`${url}${path}`, body)).status, 404, path);
  }
  for (const path of ["/livez", "/readyz", "/v1/labels", "/v1/model", "/v2/models/tiny"]) {
    assert.equal((await fetch(`${url}${path}`)).status, 200, path);
  }
  assert.equal((await fetch(`${url}/v1/predict`)).status, 405);
  assert.equal(
    await metric(url, 'marquee_rejections_total{reason="queue-full"}'.replace(/[{}]/g, "\\$&")),
    3,
  );

  const timed =
    'marquee_http_request_seconds_count{method="POST",route="/v1/predict",status="503"}';
  assert.equal(await metric(url, timed.replace(/[{}]/g, "\\$&")), 1);

  assert.equal(await finish(), 200);
  assert.equal((await post(`${url}/v1/predict`, body)).status, 200);
});

test("who has no key is refused as others are, and is not let in afterwards", async () => {
  const key = "first-key-0123456789";
  const { url } = await lab.serve({ maxQueue: 1, apiKeys: [key] });
  const finish = await occupy(url, { "x-api-key": key });
  assert.equal((await post(`${url}/v1/predict`, { title: "Cat" })).status, 503);
  assert.equal(await finish(), 200);
  assert.equal((await post(`${url}/v1/predict`, { title: "Cat" })).status, 401);
});

test("pages of other origins are told, too", async () => {
  const { url } = await lab.serve({ maxQueue: 1, cors: ["https://example.org"] });
  const finish = await occupy(url);
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
  assert.equal(await finish(), 200);
});
