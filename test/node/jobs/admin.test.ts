/** A worker's admin port: nothing without the key, the board and the metrics with it. */

import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { sha256 } from "../../../node/files.ts";
import { startAdmin } from "../../../node/jobs/queue/admin.ts";
import { openClient } from "../../../node/jobs/queue/client.ts";
import { connectRedis } from "../../../node/jobs/queue/connect.ts";
import { startWorker } from "../../../node/jobs/queue/worker.ts";
import { without } from "../../needs/needs.ts";
import { startRedis } from "./redis.ts";

const KEY = "0123456789abcdef";

test("the board and the metrics are there for those who have the key", {
  skip: without("redis"),
}, async () => {
  const redis = await startRedis();
  const connection = await connectRedis({ url: redis.url, onNotice() {} });
  let tries = 0;
  const { worker, stop } = startWorker({
    ...{ queue: "watched", connection, machine: "m", slots: 1, lockMs: 10_000, onNotice() {} },
    async work() {
      if (++tries === 1) throw new Error("once");
      return "done";
    },
  });
  const admin = await startAdmin({
    ...{ host: "127.0.0.1", port: 0, key: KEY, queue: "watched", connection, worker },
  });
  const client = await openClient({ queue: "watched", connection, onNote() {} });
  try {
    await client.run({ key: sha256("watched"), name: "fold 1/2", data: {} });
    const { port } = admin.address() as AddressInfo;
    const get = (path: string, authorization?: string, method = "GET") =>
      fetch(`http://127.0.0.1:${port}${path}`, {
        method,
        ...(authorization === undefined ? {} : { headers: { authorization } }),
      });
    for (const path of ["/metrics", "/queues", "/queues/api/queues"]) {
      for (const wrong of [undefined, "Bearer 0123", `Basic ${btoa("user:wrong")}`, "Basic ="]) {
        const { status } = await get(path, wrong);
        assert.equal(status, 401, `${path} ${wrong}`);
      }
    }
    const bearer = `Bearer ${KEY}`;
    const metrics = await (await get("/metrics", bearer)).text();
    assert.match(metrics, /^marquee_queue_jobs\{state="completed"\} 1$/m);
    assert.match(metrics, /^marquee_worker_retries_total\{kind="fold"\} 1$/m);
    assert.match(metrics, /^marquee_worker_job_seconds_count\{kind="fold",outcome="done"\} 1$/m);
    assert.match(metrics, /^marquee_worker_job_seconds_count\{kind="fold",outcome="failed"\} 1$/m);
    const basic = `Basic ${btoa(`anybody:${KEY}`)}`;
    assert.match(await (await get("/queues", basic)).text(), /<title>Bull/);
    const listed = await (await get("/queues/api/queues", basic)).text();
    assert.match(listed, /"name":"watched"/);
    const retried = await get("/queues/api/queues/watched/retry/completed", basic, "PUT");
    assert.ok(retried.status >= 400, "looking is all that can be done");
  } finally {
    admin.closeAllConnections();
    await new Promise((resolve) => admin.close(resolve));
    await client.close();
    await stop();
    connection.disconnect();
    await redis.remove();
  }
});
