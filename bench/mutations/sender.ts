/** Thread that changes a valid request and sends it, so that making it takes nothing from the event loop that is measured. */

import { gzipSync } from "node:zlib";
import { createRandom } from "../../pipeline/common/random.ts";
import type { Seed } from "./kinds.ts";
import { mutate } from "./mutate.ts";

/** Longest wait for an answer. */
const WAIT_MS = 60_000;
/** Of the bodies, so many are sent packed. */
const PACKED = 0.1;

export interface Sending {
  readonly url: string;
  readonly seed: Seed;
  /** Draws the changes. */
  readonly number: string;
}

export interface Sent {
  /** HTTP status, 0 where there was no answer. */
  readonly status: number;
  readonly bytes: number;
}

export default async function send({ url, seed, number }: Sending): Promise<Sent> {
  const random = createRandom(number);
  const body = mutate(Buffer.from(seed.body), random);
  const isPacked = random.next() < PACKED;
  try {
    const response = await fetch(url + seed.path, {
      method: "POST",
      headers: { ...seed.headers, ...(isPacked ? { "content-encoding": "gzip" } : {}) },
      body: new Uint8Array(isPacked ? gzipSync(body) : body),
      signal: AbortSignal.timeout(WAIT_MS),
    });
    await response.arrayBuffer();
    return { status: response.status, bytes: body.length };
  } catch {
    return { status: 0, bytes: body.length };
  }
}
