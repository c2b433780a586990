/** Connections to the Redis (or Valkey) behind a queue. */

import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { Redis } from "ioredis";
import { whyUnread } from "../../fileErrors.ts";

/** Waits this long for the first answer, in milliseconds. */
const CONNECT_MS = 10_000;
/** A connection that owes an answer for so long is dead, in milliseconds. BullMQ has none wait for more than ten seconds. */
const SILENT_MS = 30_000;
/** Longest wait before another try to connect, in milliseconds. */
const MAX_WAIT_MS = 20_000;

export interface ConnectOptions {
  readonly url: string;
  /** Called once per interruption, and once when it is over. */
  readonly onNotice: (text: string) => void;
  /** Milliseconds after which a connection that owes an answer is replaced. */
  readonly silentMs?: number;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * @returns A connection that comes back by itself, however long Redis is gone.
 * @throws Error that says what to do, if the first attempt fails.
 */
export async function connectRedis(options: ConnectOptions): Promise<Redis> {
  const { url, onNotice, silentMs = SILENT_MS, environment = process.env } = options;
  const { REDIS_USERNAME: username, REDIS_PASSWORD: password, REDIS_CA } = environment;
  const ca = REDIS_CA === undefined ? undefined : readAuthorities(REDIS_CA, url);
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    // A cable that is pulled closes nothing, and would be noticed after a quarter of an hour.
    socketTimeout: silentMs,
    // BullMQ's workers wait for a Redis that restarts instead of failing their commands.
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(MAX_WAIT_MS, 250 * 2 ** Math.min(times, 10)),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(ca === undefined ? {} : { tls: { ca } }),
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
    throw new Error(`${url} cannot be used: ${describeCause(cause, url)}`, { cause });
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

/** @throws Error where the file has no certificate, or would not be used. */
function readAuthorities(path: string, url: string): Buffer {
  if (!isTls(url)) throw new Error(`REDIS_CA is for TLS: use rediss:// instead of ${url}`);
  let content: Buffer;
  try {
    content = readFileSync(path);
  } catch (error) {
    throw new Error(`REDIS_CA: ${path} ${whyUnread(path, error)}`, { cause: error });
  }
  try {
    new X509Certificate(content);
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`REDIS_CA: ${path} is not a PEM certificate (${message})`, {
      cause: error,
    });
  }
  return content;
}

const isTls = (url: string) => /^rediss:/i.test(url);

/** What to do about an error, by what it says. */
const ADVICE: readonly (readonly [message: RegExp, advice: (url: string) => string])[] = [
  [
    /NOAUTH|WRONGPASS|AUTH/,
    () => "set REDIS_PASSWORD in the environment, and REDIS_USERNAME if there are users",
  ],
  [/altnames/i, () => "use the host name in the server's certificate"],
  [
    /certificate/i,
    () => "set REDIS_CA to the file of the authority that signed the server's certificate",
  ],
  [
    /ECONNRESET|EPIPE|ETIMEDOUT|packet length|wrong version number/,
    (url) =>
      isTls(url)
        ? "is Redis running there, reachable from here, and set up for TLS? Without TLS, use redis://"
        : "is Redis running there, and reachable from here? If it requires TLS, use rediss://",
  ],
  [
    /ECONNREFUSED|ENOTFOUND|Connection is closed/,
    () => "is Redis running there, and reachable from here?",
  ],
];

function describeCause({ message }: Error, url: string): string {
  const [, advice] = ADVICE.find(([pattern]) => pattern.test(message)) ?? [];
  return advice ? `${message.replace(/\.$/, "")}; ${advice(url)}` : message;
}
