/** Requests in a minute, counted over all protocols together. */

import { MemoryStore, type Options } from "express-rate-limit";
import type { Settings } from "../settings.ts";
import { HttpError } from "./problems.ts";

export const MINUTE_MS = 60_000;
/** Requests without a valid key that an address may send in a minute, where `ratePerMinute` says nothing. */
const WRONG_KEYS_PER_MINUTE = 60;

/** A limit, and what has been counted against it. */
export class Rate {
  /** 0: no limit. */
  readonly perMinute: number;
  readonly store = new MemoryStore();

  constructor(perMinute: number) {
    this.perMinute = perMinute;
    this.store.init({ windowMs: MINUTE_MS } as Options);
  }

  /**
   * Counts a request.
   *
   * @param caller See `callerOf`.
   * @throws HttpError 429 if it is one too many.
   */
  async count(caller: string): Promise<void> {
    if (this.perMinute === 0) return;
    const { totalHits, resetTime } = await this.store.increment(caller);
    if (totalHits <= this.perMinute) return;
    const left = (Number(resetTime) - Date.now()) / 1000;
    throw this.refuse({ "retry-after": String(Math.max(1, Math.ceil(left))) });
  }

  refuse(headers: Readonly<Record<string, string>> = {}): HttpError {
    const detail = `more than ${this.perMinute} requests in a minute; try again later`;
    return new HttpError("rate-limit", detail, { headers });
  }
}

export interface Rates {
  /** Rate of each API key, or of each address where there are no keys. */
  readonly requests: Rate;
  /** Rate of each address without a valid key, where the server has keys; requests with one are not affected. */
  readonly wrongKeys: Rate;
}

export function createRates({ ratePerMinute }: Pick<Settings, "ratePerMinute">): Rates {
  return {
    requests: new Rate(ratePerMinute),
    wrongKeys: new Rate(ratePerMinute || WRONG_KEYS_PER_MINUTE),
  };
}

/**
 * Who a request is counted for. Keys are named by their position, so that the counts hold none of them.
 *
 * @param apiKey Position of the key that was sent.
 * @param address Of the client; of IPv6, its network.
 */
export function callerOf(apiKey: number | undefined, address: string): string {
  return apiKey === undefined ? address : `key-${apiKey}`;
}
