/** Answers that clients take slowly: they were in time, and the time for answers does not cut them off. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, get, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import express from "express";
import { HttpAdmission } from "../../../serve/core/httpAdmission.ts";

/** More than what the system keeps of an answer that nobody takes. */
const LENGTH = 32 << 20;
const TIMEOUT_SECONDS = 0.1;

/** Asks for an answer that is ended at once, and takes none of it. @returns Both ends, when its time is up. */
async function stall(t: TestContext, patienceSeconds: number) {
  const errors: unknown[] = [];
  const admission = new HttpAdmission({
    maxQueue: 4,
    timeoutSeconds: TIMEOUT_SECONDS,
    bodies: {
      ...{ budget: 1000, largest: 1000, perAddress: 0, bytesPerSecond: 0 },
      seconds: patienceSeconds,
    },
    metrics: { observe: () => {} },
    nouns: () => ({ item: "movie", items: "movies", label: "genre", labels: "genres" }),
    sendProblem: (_, response, error) => {
      errors.push(error);
      response.destroy();
    },
  });
  const app = express();
  let sent: ServerResponse | undefined;
  const answer = admission.handle(async (_, response) => {
    sent = response.end(Buffer.alloc(LENGTH));
  });
  app.get("/", admission.gate, answer);
  const http = createServer(app).listen(0, "127.0.0.1");
  t.after(() => http.close());
  await once(http, "listening");
  const asked = get(`http://127.0.0.1:${(http.address() as AddressInfo).port}/`, { agent: false });
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  await pause(3 * TIMEOUT_SECONDS * 1000);
  assert.ok(sent?.writableEnded);
  return { response, sent, errors, admission };
}

test("an answer that is being sent when its time is up is sent whole", async (t) => {
  const { response, sent, errors, admission } = await stall(t, 60);
  let length = 0;
  for await (const piece of response) length += (piece as Buffer).length;
  assert.equal(length, LENGTH);
  assert.deepEqual(errors, []);
  if (!sent.closed) await once(sent, "close");
  assert.ok(admission.isIdle);
});

test("a client that takes nothing of its answer is given up", async (t) => {
  const { response, sent, errors, admission } = await stall(t, 0.2);
  response.on("error", () => {});
  if (!sent.closed) await once(sent, "close");
  await assert.rejects(response.toArray(), { code: "ECONNRESET" });
  assert.deepEqual(errors, []);
  assert.ok(admission.isIdle);
});
