/** Connections to the Redis (or Valkey) behind a queue. */

import { readFileSync } from "node:fs";
import { Redis } from "ioredis";
import { SECRETS } from "./url.ts";

/** Waits this long for the first answer, in milliseconds. */
const CONNECT_MS = 10_000;
/** Longest wait before another try to connect, in milliseconds. */
const MAX_WAIT_MS = 20_000;

export interface ConnectOptions {
  readonly url: string;
  /** Called once per interruption, and once when it is over. */
  readonly onNotice: (text: string) => void;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * @returns A connection that comes back by itself, however long Redis is gone.
 * @throws Error that says what to do, if the first attempt fails.
 */
export async function connectRedis(options: ConnectOptions): Promise<Redis> {
  const { url, onNotice, environment = process.env } = options;
  const { REDIS_USERNAME: username, REDIS_PASSWORD: password, REDIS_CA: ca } = environment;
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    // BullMQ's workers wait for a Redis that restarts instead of failing their commands.
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(MAX_WAIT_MS, 250 * 2 ** Math.min(times, 10)),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(ca === undefined ? {} : { tls: { ca: readFileSync(ca) } }),
  });
  let last: Error | undefined;
  redis.on("error", (error: Error) => {
    last = error;
  });
  try {
    await redis.connect();
  } catch (error) {
    redis.disconnect();
    const cause = last ?? (error as Error);
    throw new Error(`${url} cannot be used: ${describeCause(cause)}`, { cause });
  }
  let gone = false;
  redis.on("close", () => {
    if (gone || redis.status === "end") return;
    gone = true;
    onNotice(`the connection to ${url} is lost${last ? ` (${last.message})` : ""}; trying again`);
  });
  redis.on("ready", () => {
    if (gone) onNotice(`connected to ${url} again`);
    gone = false;
  });
  return redis;
}

function describeCause({ message }: Error): string {
  if (/NOAUTH|WRONGPASS|AUTH/.test(message)) {
    return `${message}; set ${SECRETS} in the environment`;
  }
  if (/ECONNREFUSED|ENOTFOUND|ETIMEDOUT|Connection is closed/.test(message)) {
    return `${message}; is Redis running there, and reachable from here?`;
  }
  return message;
}
