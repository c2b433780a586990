/** Lines in, lines out: in order, while they arrive, in bounded memory, beside other requests, to a clean end. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import sharp from "sharp";
import type { Server } from "../../../../serve/server.ts";
import { until } from "../../../until.ts";
import { metric } from "../../halfBody.ts";
import { createLab, type Lab, post } from "../../server.ts";
import { type Json, openLines } from "./client.ts";

let lab: Lab;
let server: Server;
let url: string;
before(async () => {
  lab = await createLab();
  server = await lab.serve();
  url = `${server.url}/v1/predict`;
});
after(() => lab.close());

async function sendAll(body: string, to = url, headers: Record<string, string> = {}) {
  const response = await fetch(to, {
    method: "POST",
    headers: { "content-type": "application/x-ndjson", ...headers },
    body,
  });
  const text = await response.text();
  const answers = text.split("\n").filter(Boolean);
  return { response, text, answers: answers.map((line): Json => JSON.parse(line)) };
}

test("each line is answered as /v1/predict answers it, or told what is wrong with it", async () => {
  const movies = [{ title: "war" }, { year: 1990, topK: 1, explain: true }, { title: "the cat" }];
  const lines = [
    JSON.stringify(movies[0]),
    "",
    '{"title":[7]}\r',
    "[]",
    "no JSON",
    JSON.stringify(movies[1]),
    "{}",
    ` ${JSON.stringify(movies[2])}\r`,
  ];
  const { response, answers } = await sendAll(lines.join("\n"));
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "application/x-ndjson");
  assert.deepEqual(
    answers.map(({ line, status }) => [line, status]),
    [
      [1, undefined],
      [3, 422],
      [4, 422],
      [5, 400],
      [6, undefined],
      [7, 422],
      [8, undefined],
    ],
  );
  for (const [i, movie] of movies.entries()) {
    const { json } = await post(url, movie);
    const { scores, explanation, model } = answers[[0, 4, 6][i]!];
    assert.deepEqual(model, json.model);
    assert.equal(scores.length, json.scores.length);
    for (const [k, { label, probability }] of scores.entries()) {
      assert.equal(label, json.scores[k].label);
      assert.ok(Math.abs(probability - json.scores[k].probability) < 1e-6);
    }
    assert.equal(explanation === undefined, json.explanation === undefined);
  }
  assert.deepEqual(answers[1], {
    line: 3,
    type: "urn:marquee:problem:invalid-input",
    title: "The input is wrong",
    status: 422,
    detail: "title: is a list, expected a text",
    errors: [{ field: "title", detail: "is a list, expected a text" }],
  });
});

test("no lines get no answers", async () => {
  for (const body of ["\n", " \n\n \r\n"]) assert.deepEqual((await sendAll(body)).answers, []);
});

test("an answer comes when its line is there, not when the stream ends", async () => {
  const client = openLines(server.url);
  for (const title of ["war", "cat", "love"]) {
    client.send({ title });
    const { line, scores } = await client.read();
    assert.deepEqual([line, scores.length], [["war", "cat", "love"].indexOf(title) + 1, 3]);
  }
  client.request.end();
  assert.deepEqual(await client.rest(), []);
});

test("answers keep the order of lines, whichever takes longest", async () => {
  const large = await sharp({
    create: { width: 1600, height: 1200, channels: 3, background: "red" },
  })
    .png()
    .toBuffer();
  const slow = { poster: large.toString("base64") };
  const lines = Array.from({ length: 60 }, (_, i) => (i % 20 === 0 ? slow : { year: 1950 + i }));
  const { answers } = await sendAll(lines.map((line) => JSON.stringify(line)).join("\n"));
  assert.deepEqual(
    answers.map(({ line, scores }) => [line, scores?.length]),
    lines.map((_, i) => [i + 1, 3]),
  );
});

/** Bytes of bodies that a server holds, once that changes no more. */
async function settledBytes(of: string): Promise<number> {
  let [before, bytes, same] = [-1, -1, 0];
  await until(async () => {
    before = bytes;
    bytes = await metric(of, "marquee_body_bytes");
    same = bytes === before ? same + 1 : 0;
    await pause(20);
    return same === 10;
  });
  return bytes;
}

test("memory is bounded: while nobody reads, no more lines are answered, and no more are read", async () => {
  // Each answer is as long as ten lines: all of them are more than the system's buffers take.
  const unknown = Array.from({ length: 20 }, (_, i) => [`field${i}`, 1]);
  const line = `${JSON.stringify(Object.fromEntries(unknown))}\n`;
  const count = 5000;
  const client = openLines(server.url);
  (await client.response).pause();
  client.request.end(line.repeat(count));
  const held = await settledBytes(server.url);
  assert.ok(held > 0 && held < 200_000, `${held} of ${line.length * count} bytes are held`);
  const answers = await client.rest();
  assert.equal(answers.length, count);
  for (const [i, { line: number, status }] of answers.entries()) {
    assert.deepEqual([number, status], [i + 1, 422]);
  }
  await until(async () => (await metric(server.url, "marquee_body_bytes")) === 0);
});

test("a stream is not bound by the largest body, but each of its lines is", async () => {
  const { url: small } = await lab.serve({ bodyMb: 0.04 });
  const line = (bytes: number) => JSON.stringify({ title: "x".repeat(bytes) });
  const lines = [...new Array(100).fill(line(900)), line(50_000), line(900)];
  const { answers } = await sendAll(lines.join("\n"), `${small}/v1/predict`);
  assert.equal(answers.length, 102);
  for (const { line: number, type } of answers) {
    assert.equal(type, number === 101 ? "urn:marquee:problem:too-large" : undefined);
  }
  assert.equal(answers[100].detail, "line 101: is above 0.04 MB");
});

test("streams leave half of the queue to others", async () => {
  const { url: busy } = await lab.serve({ maxQueue: 8 });
  const clients = [1, 2, 3].map(() => openLines(busy));
  const lines = 60;
  for (const client of clients) {
    for (let i = 0; i < lines; i++) client.send({ title: "war cat", year: 1950 });
    client.request.end();
  }
  let most = 0;
  let others = 0;
  const reading = Promise.all(clients.map((client) => client.rest()));
  let done = false;
  void reading.then(() => {
    done = true;
  });
  while (!done) {
    most = Math.max(most, await metric(busy, "marquee_queue_depth"));
    const { status } = await post(`${busy}/v1/predict`, [{ title: "a" }, { year: 1999 }]);
    assert.equal(status, 200);
    others++;
  }
  assert.ok(most > 0 && most <= 4, `${most} places`);
  assert.ok(others > 1);
  for (const answers of await reading) {
    assert.deepEqual(
      answers.map(({ line, scores }) => [line, scores.length]),
      Array.from({ length: lines }, (_, i) => [i + 1, 3]),
    );
  }
});

test("a client that goes leaves nothing behind", async () => {
  const client = openLines(server.url);
  for (let i = 0; i < 500; i++) client.send({ title: "war cat", explain: true });
  await client.read();
  client.request.destroy();
  for (const name of ["marquee_queue_depth", "marquee_unfinished_bodies", "marquee_body_bytes"]) {
    await until(async () => (await metric(server.url, name)) === 0);
  }
});

test("a server that shuts down answers what it has read, and says where to go on", async () => {
  const closing = await lab.serve();
  const client = openLines(closing.url);
  for (let i = 0; i < 20; i++) client.send({ title: "war" });
  for (let i = 0; i < 20; i++) assert.equal((await client.read()).line, i + 1);
  const closed = closing.close();
  const { line, last, status, type, detail } = await client.read();
  assert.deepEqual([line, last, status, type], [21, true, 503, "urn:marquee:problem:draining"]);
  assert.match(detail, /shutting down/);
  assert.equal(await client.read(), undefined);
  client.request.destroy();
  await closed;
});

test("a stream without a line for too long is ended, also if single bytes come", async () => {
  const { url: strict } = await lab.serve({ bodySeconds: 0.4 });
  const [idle, slow] = [openLines(strict), openLines(strict)];
  slow.send({ title: "war" });
  const trickle = setInterval(() => slow.request.write(" "), 20);
  const answers = await Promise.all([idle.rest(), slow.rest()]);
  clearInterval(trickle);
  for (const [i, found] of answers.entries()) {
    assert.equal(found.length, i + 1);
    const { line, last, type } = found.at(-1);
    assert.deepEqual([line, last, type], [i + 1, true, "urn:marquee:problem:slow-body"]);
  }
  idle.request.destroy();
  slow.request.destroy();
});

test("a client that takes no answers for too long is cut off", async () => {
  const { url: strict } = await lab.serve({ bodySeconds: 0.4 });
  const client = openLines(strict);
  (await client.response).pause();
  const line = JSON.stringify(
    Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`${i}`.repeat(80), 1])),
  );
  for (let i = 0; i < 5000; i++) client.send(line);
  await until(async () => (await metric(strict, "marquee_unfinished_bodies")) === 0);
  client.request.destroy();
});

test("a line that takes too long is a problem of its own", async () => {
  const { url: hasty } = await lab.serve({ requestTimeoutSeconds: 0.02 });
  const poster = (
    await sharp({ create: { width: 4900, height: 4900, channels: 3, background: "#123" } })
      .png()
      .toBuffer()
  ).toString("base64");
  const { answers } = await sendAll(JSON.stringify({ poster }), `${hasty}/v1/predict`);
  const [{ line, status, type, last }] = answers;
  assert.deepEqual(
    [answers.length, line, status, type, last],
    [1, 1, 503, "urn:marquee:problem:timeout", undefined],
  );
  assert.equal(await metric(hasty, 'marquee_rejections_total{reason="timeout"}'), 1);
});

test("a model that is replaced answers the lines that come then", async () => {
  const client = openLines(server.url);
  client.send({ title: "war" });
  const { model } = await client.read();
  assert.equal(model.name, "tiny");
  await server.models.default.reload();
  client.send({ title: "war" });
  assert.equal((await client.read()).line, 2);
  client.request.end();
});

test("refused before any line: no key, a content encoding", async () => {
  const { url: keyed } = await lab.serve({ apiKeys: ["first-key-0123456789"] });
  const { response } = await sendAll("{}", `${keyed}/v1/predict`);
  assert.equal(response.status, 401);
  const packed = await sendAll("{}", url, { "content-encoding": "gzip" });
  assert.equal(packed.response.status, 415);
  assert.match(packed.text, /lines are read as they arrive/);
});
