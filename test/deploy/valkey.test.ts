/** The chart's Valkey: its command, run with the Redis of this machine. */

import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { connectRedis } from "../../node/jobs/queue/connect.ts";
import { PREFIX } from "../../node/jobs/queue/queue.ts";
import { QUEUE as TRAININGS } from "../../pipeline/jobs/queue/runner.ts";
import { QUEUE as SHARDS } from "../../serve/batch/shards/queue/runner.ts";
import { without } from "../needs/needs.ts";
import { freePort } from "../node/freePort.ts";
//X "../node/jobs/redis.ts";
import { chart, containerOf, ofKind } from "./workers/objects.ts";

test("Valkey's command starts a server that keeps everything and wants the password", {
  skip: without("redis"),
}, async (t) => {
  const root = await mkdtemp(join(tmpdir(), "marquee-valkey-"));
  let server: ChildProcess | undefined;
  let redis: Redis | undefined;
  t.after(async () => {
    // Would try to connect for ever.
    redis?.disconnect();
    server?.kill("SIGKILL");
    await rm(root, { recursive: true, force: true });
  });
  // The same program under Valkey's name.
  const bin = join(root, "bin");
  await mkdir(bin);
  await symlink(
    execFileSync("which", ["redis-server"]).toString().trim(),
    join(bin, "valkey-server"),
  );
  const { command, args } = containerOf(ofKind(await chart.objects("default"), "StatefulSet")[0]);
  const port = await freePort();
  const script = args[0].replace("port 6379", `port ${port}`).replace("dir /data", `dir ${root}`);
  const REDIS_PASSWORD = "a-password_of-24-characters";
  const PATH = `${bin}${delimiter}${process.env.PATH}`;
  const env = { ...process.env, PATH, REDIS_PASSWORD };
  server = spawn(command[0], [...command.slice(1), script], { env, stdio: "ignore" });
  const url = `redis://127.0.0.1:${port}`;
  const connect = (environment: Record<string, string>) =>
    connectRedis({ url, environment, onNotice() {} });
  await assert.rejects(async () => {
    for (;;) {
      const refused = await connect({ REDIS_PASSWORD: "another" }).catch((error) => error);
      if (!/ECONNREFUSED/.test(refused.message)) throw refused;
      assert.equal(server?.exitCode, null);
      await pause(20);
    }
  }, /WRONGPASS/);
  redis = await connect({ REDIS_PASSWORD });
  for (const [name, value] of [
    ["appendonly", "yes"],
    ["appendfsync", "always"],
    ["maxmemory", String(512 * 2 ** 20)],
    ["maxmemory-policy", "noeviction"],
  ] as const) {
    assert.deepEqual(await redis.config("GET", name), [name, value]);
  }
  // The lists that KEDA counts are those that BullMQ fills.
  for (const name of [TRAININGS, SHARDS]) {
    const queue = new Queue(name, { connection: redis, prefix: PREFIX });
    await queue.add("job", {});
    assert.equal(await redis.llen(`${PREFIX}:${name}:wait`), 1);
    await queue.close();
  }
  redis.disconnect();
  // The shell has become the server: SIGTERM reaches it.
  const ended = new Promise((resolve) => server?.once("exit", resolve));
  server.kill("SIGTERM");
  assert.equal(await ended, 0);
});
