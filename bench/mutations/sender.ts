/** Thread that changes a valid request and sends it, so that making it takes nothing from the event loop that is measured. */

import { gzipSync } from "node:zlib";
import { Client, credentials, status } from "@grpc/grpc-js";
import { createRandom } from "../../pipeline/common/random.ts";
import type { Seed } from "./kinds.ts";
import { mutate } from "./mutate.ts";

/** Longest wait for an answer. */
const WAIT_MS = 60_000;
/** Share of the bodies that are sent compressed. */
const PACKED = 0.1;

export interface Sending {
  readonly url: string;
  /** Address of gRPC; without it, its requests are left out. */
  readonly grpcAddress?: string | undefined;
  readonly seed: Seed;
  /** Draws the changes. */
  readonly number: string;
}

export interface Sent {
  /** HTTP status, 0 where there was no answer; of gRPC as HTTP would say it. */
  readonly status: number;
  readonly bytes: number;
}

/** gRPC's status -> HTTP's; others are faults of the client. */
const HTTP_STATUSES: Readonly<Record<number, number>> = {
  [status.OK]: 200,
  [status.INTERNAL]: 500,
  [status.UNKNOWN]: 500,
  [status.DATA_LOSS]: 500,
  [status.UNAVAILABLE]: 503,
  [status.DEADLINE_EXCEEDED]: 503,
};

let client: Client | undefined;

export default async function send({ url, grpcAddress, seed, number }: Sending): Promise<Sent> {
  const random = createRandom(number);
  const body = mutate(Buffer.from(seed.body), random);
  if (seed.path === undefined) {
    client ??= new Client(grpcAddress!, credentials.createInsecure(), { "grpc.enable_retries": 0 });
    return { status: await call(client, body), bytes: body.length };
  }
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

function call(to: Client, body: Buffer): Promise<number> {
  const asIs = (bytes: Buffer) => bytes;
  const path = "/inference.GRPCInferenceService/ModelInfer";
  return new Promise((resolve) => {
    const deadline = Date.now() + WAIT_MS;
    to.makeUnaryRequest(path, asIs, asIs, body, { deadline }, (error) => {
      resolve(HTTP_STATUSES[error?.code ?? status.OK] ?? 400);
    });
  });
}
