/** A Redis of a test's own: on a free port of this machine, with everything that it acknowledges on disk. */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Redis } from "ioredis";
import { freePort } from "../freePort.ts";

export interface TestRedis {
  readonly url: string;
  /** Its own folder. */
  readonly root: string;
  /** Kills it, as a power cut would. */
  kill(): Promise<void>;
  /** Starts it again on the same port, with what is on disk, and with further options. */
  start(...more: string[]): Promise<void>;
  /** Ends it, and removes its files. */
  remove(): Promise<void>;
}

/** @param flags Further options of redis-server. */
export async function startRedis(...flags: string[]): Promise<TestRedis> {
  const root = await mkdtemp(join(tmpdir(), "marquee-redis-"));
  const port = await freePort();
  let server: ChildProcess | undefined;

  async function start(...more: string[]): Promise<void> {
    server = spawn(
      "redis-server",
      [
        ...["--port", String(port), "--bind", "127.0.0.1", "--dir", root, "--save", ""],
        ...["--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction"],
        ...flags,
        ...more,
      ],
      { stdio: "ignore" },
    );
    for (;;) {
      if (server.exitCode !== null) throw new Error(`redis-server ended: ${server.exitCode}`);
      if (await answers(port)) return;
      await pause(20);
    }
  }

  async function kill(): Promise<void> {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const ended = new Promise((resolve) => server!.once("exit", resolve));
    server.kill("SIGKILL");
    await ended;
  }

  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    root,
    kill,
    start,
    async remove() {
      await kill();
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** Whether something listens, with a password or without. */
async function answers(port: number): Promise<boolean> {
  const redis = new Redis({ port, host: "127.0.0.1", lazyConnect: true, retryStrategy: null });
  let wantsPassword = false;
  redis.on("error", ({ message }) => {
    wantsPassword ||= /NOAUTH/.test(message);
  });
  try {
    await redis.connect();
    return (await redis.ping()) === "PONG";
  } catch {
    return wantsPassword;
  } finally {
    redis.disconnect();
  }
}
