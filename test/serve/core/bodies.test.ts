/** Bodies that are slow, many or large: none of them keeps others from being answered. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { until } from "../../until.ts";
import { metric, sendHalf } from "../halfBody.ts";
import { createLab, type Lab, post } from "../server.ts";

let lab: Lab;
before(async () => {
  lab = await createLab();
});
after(() => lab.close());

const MOVIE = { title: "war" };
const unfinished = (url: string) => metric(url, "marquee_unfinished_bodies");
const typeOf = (text: string) => JSON.parse(text).type.replace("urn:marquee:problem:", "");

test("unfinished bodies take no place in the queue, and get one when they are there", async () => {
  const { url } = await lab.serve({ maxQueue: 2 });
  const halves = Array.from({ length: 20 }, () => sendHalf(url));
  await until(async () => (await unfinished(url)) === 20);
  assert.equal(await metric(url, "marquee_queue_depth"), 0);
  assert.equal((await post(`${url}/v1/predict`, MOVIE)).status, 200);
  for (const half of halves) assert.equal((await half.finish()).status, 200);
  assert.equal(await unfinished(url), 0);
});

test("a client that leaves in the middle of its body leaves nothing behind", async () => {
  const { url } = await lab.serve();
  const half = sendHalf(url, { bytes: 10_000 });
  await until(async () => (await metric(url, "marquee_body_bytes")) > 10_000);
  half.request.destroy();
  await until(async () => (await unfinished(url)) === 0);
  assert.equal(await metric(url, "marquee_body_bytes"), 0);
});

test("a body that does not arrive in time gets 408, and its connection is closed", async () => {
  const { url } = await lab.serve({ bodySeconds: 0.5 });
  const { status, headers, text } = await sendHalf(url, { bytes: 100_000 }).refused();
  assert.equal(status, 408);
  assert.equal(typeOf(text), "slow-body");
  assert.equal(JSON.parse(text).detail, "body: it did not arrive within 0.5 seconds");
  assert.equal(headers.connection, "close");
  await until(async () => (await unfinished(url)) === 0);
  assert.equal(await metric(url, "marquee_body_bytes"), 0);
  assert.equal(await metric(url, 'marquee_rejections_total{reason="slow-body"}'), 1);
});

test("a body that trickles gets 408 long before the deadline; one that came fast may pause", async () => {
  const { url } = await lab.serve({ bodySeconds: 600, bodyBytesPerSecond: 10 });
  const fast = sendHalf(url, { bytes: 1_000_000 });
  const slow = sendHalf(url);
  const trickle = setInterval(() => slow.request.write(" "), 500);
  const { status, text } = await slow.refused().finally(() => clearInterval(trickle));
  assert.equal(status, 408);
  assert.equal(JSON.parse(text).detail, "body: it arrives at less than 10 bytes per second");
  assert.equal((await fast.finish()).status, 200);
});

test("an address may have so many unfinished bodies, and others are not affected", async () => {
  const { url } = await lab.serve({ bodiesPerAddress: 3, trustProxy: 1 });
  const from = (address: string) => ({ headers: { "x-forwarded-for": address } });
  const halves = Array.from({ length: 3 }, () => sendHalf(url, from("192.0.2.1")));
  await until(async () => (await unfinished(url)) === 3);
  const refused = await sendHalf(url, from("192.0.2.1")).refused();
  assert.equal(refused.status, 429);
  assert.equal(typeOf(refused.text), "unfinished-bodies");
  assert.ok(Number(refused.headers["retry-after"]) >= 1);
  assert.equal((await sendHalf(url, from("192.0.2.2")).finish()).status, 200);
  // One network has more IPv6 addresses than anyone could count.
  const network = Array.from({ length: 3 }, (_, i) => sendHalf(url, from(`2001:db8::${i + 1}`)));
  await until(async () => (await unfinished(url)) === 6);
  assert.equal((await sendHalf(url, from("2001:db8::9")).refused()).status, 429);
  for (const half of [...halves, ...network]) assert.equal((await half.finish()).status, 200);
  assert.equal((await sendHalf(url, from("192.0.2.1")).finish()).status, 200);
});

test("all bodies together have one budget: 503 when it is spent, and the memory comes back", async () => {
  const { url } = await lab.serve({ bodyMb: 1, bodiesMb: 1.5, trustProxy: 1 });
  const from = (address: string, more: Record<string, string> = {}) => ({
    headers: { "x-forwarded-for": address, ...more },
    bytes: 900_000,
  });
  const first = sendHalf(url, from("192.0.2.1"));
  await until(async () => (await metric(url, "marquee_body_bytes")) > 900_000);
  // One that says how long it is is refused before it is read, one that does not when there is no more memory.
  for (const more of [{ "content-length": "900015" }, {}]) {
    const second = sendHalf(url, from("192.0.2.2", more));
    const { status, headers, text } = await second.answer;
    assert.equal(status, 503);
    assert.equal(typeOf(text), "bodies-full");
    assert.ok(Number(headers["retry-after"]) >= 1);
    second.request.end('"War"}');
  }
  assert.equal((await post(`${url}/v1/predict`, MOVIE)).status, 200);
  assert.equal((await first.finish()).status, 200);
  await until(async () => (await metric(url, "marquee_body_bytes")) === 0);
  assert.equal((await sendHalf(url, from("192.0.2.2")).finish()).status, 200);
  assert.equal(await metric(url, 'marquee_rejections_total{reason="bodies-full"}'), 2);
});

test("a body larger than is accepted gets 413, however large, and not a 503 to try again", async () => {
  const { url } = await lab.serve({ bodyMb: 1, trustProxy: 1 });
  const from = (address: string) => ({ "x-forwarded-for": address });
  const large = `${" ".repeat(5_000_000)}{}`;
  const chunked = () => new Blob([large]).stream();
  const send = (body: string | ReadableStream, headers: Record<string, string>) =>
    fetch(`${url}/v1/predict`, {
      ...{ method: "POST", body, headers: { "content-type": "application/json", ...headers } },
      ...{ duplex: "half" },
    } as RequestInit);
  const check = async () => {
    const packed = { "content-encoding": "gzip" };
    for (const answer of [
      await send(large, from("192.0.2.1")),
      await send(chunked(), from("192.0.2.1")),
      await send(new Blob([gzipSync(large)]).stream(), { ...packed, ...from("192.0.2.1") }),
    ]) {
      assert.equal(answer.status, 413, await answer.clone().text());
      await answer.text();
    }
  };
  await check();
  assert.equal(await metric(url, "marquee_body_bytes"), 0);
  // Beside another body, too.
  const half = sendHalf(url, { headers: from("192.0.2.2"), bytes: 500_000 });
  await until(async () => (await metric(url, "marquee_body_bytes")) > 500_000);
  await check();
  assert.equal((await half.finish()).status, 200);
});

test("a body that is refused has to arrive at the least rate, too", async () => {
  const { url } = await lab.serve({ bodyMb: 1, bodySeconds: 0.5 });
  const headers = { "content-length": "2000000" };
  const { status, text } = await sendHalf(url, { headers, bytes: 1000 }).refused();
  assert.deepEqual([status, typeOf(text)], [408, "slow-body"]);
});

test("a spent budget refuses every request with a body at once, and no other", async () => {
  const { url } = await lab.serve({ bodyMb: 1, bodiesMb: 1 });
  const length = 999_990;
  const half = sendHalf(url, { bytes: length });
  await until(async () => (await metric(url, "marquee_body_bytes")) > length);
  const { status, json } = await post(`${url}/v1/predict`, { title: "longer than what is left" });
  assert.deepEqual([status, json.type], [503, "urn:marquee:problem:bodies-full"]);
  for (const path of ["/livez", "/readyz", "/v1/model"]) {
    assert.equal((await fetch(url + path)).status, 200, path);
  }
  half.request.destroy();
});

test("a packed body counts with what it unpacks to", async () => {
  const { url } = await lab.serve({ bodyMb: 1, bodiesMb: 1.5, trustProxy: 1 });
  const half = sendHalf(url, { headers: { "x-forwarded-for": "192.0.2.1" }, bytes: 900_000 });
  await until(async () => (await metric(url, "marquee_body_bytes")) > 900_000);
  const packed = gzipSync(JSON.stringify({ title: "war".padEnd(800_000) }));
  assert.ok(packed.length < 10_000);
  const response = await fetch(`${url}/v1/predict`, {
    method: "POST",
    headers: { "content-type": "application/json", "content-encoding": "gzip" },
    body: packed,
  });
  assert.equal(response.status, 503);
  assert.equal(typeOf(await response.text()), "bodies-full");
  assert.equal((await half.finish()).status, 200);
  await until(async () => (await metric(url, "marquee_body_bytes")) === 0);
});

test("one address may hold half of the budget in unfinished bodies", async () => {
  const { url } = await lab.serve({ bodyMb: 1, bodiesMb: 3, trustProxy: 1 });
  const from = (address: string) => ({ headers: { "x-forwarded-for": address }, bytes: 900_000 });
  const first = sendHalf(url, from("192.0.2.1"));
  await until(async () => (await metric(url, "marquee_body_bytes")) > 900_000);
  assert.equal((await sendHalf(url, from("192.0.2.1")).refused()).status, 503);
  const other = sendHalf(url, from("192.0.2.2"));
  assert.equal((await other.finish()).status, 200);
  assert.equal((await first.finish()).status, 200);
});

/** A form whose picture is larger than what is left of the budget. */
async function sendForm(url: string): Promise<Response> {
  const form = new FormData();
  form.append("poster", new Blob([new Uint8Array(800_000)]), "poster.jpg");
  const headers = { "x-forwarded-for": "192.0.2.2" };
  return fetch(`${url}/v1/predict`, { method: "POST", headers, body: form });
}

test("files of forms count, too", async () => {
  const { url } = await lab.serve({ bodyMb: 1, bodiesMb: 1.5, trustProxy: 1 });
  const half = sendHalf(url, { bytes: 900_000 });
  await until(async () => (await metric(url, "marquee_body_bytes")) > 900_000);
  assert.equal((await sendForm(url)).status, 503);
  assert.equal((await half.finish()).status, 200);
});

test("a server that stops waits for requests without an answer alone", async () => {
  const limits = { bodyMb: 1, bodiesMb: 1.5, trustProxy: 1, shutdownSeconds: 3600 };
  const { url, close } = await lab.serve(limits);
  const half = sendHalf(url, { bytes: 900_000 });
  await until(async () => (await metric(url, "marquee_body_bytes")) > 900_000);
  // Its answer is there before its picture is.
  assert.equal((await sendForm(url)).status, 503);
  const closed = close();
  // Longer than a client may take to read its answer.
  await pause(1500);
  assert.equal(await Promise.race([closed.then(() => "closed"), pause(0, "waits")]), "waits");
  assert.equal((await half.finish()).status, 200);
  await closed;
});
