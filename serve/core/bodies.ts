/**
 * Bodies of accepted requests: how long each may take to arrive, how many of one address may be unfinished, and how many
 * bytes of all are held in memory.
 */

import type { Exchange } from "./exchange.ts";
import { HttpError, type Rejection } from "./problems.ts";

/** The least rate holds from then on: packets get lost, and connections start slowly. */
const GRACE_SECONDS = 5;
/** How often bodies that are arriving are looked at, at most. */
const CHECK_MS = 1000;
/** Share of the budget for unfinished bodies of one address. */
const SHARE_OF_ADDRESS = 0.5;

export interface BodyLimits {
  /** Bytes of all bodies together. */
  readonly budget: number;
  /** Bytes of one. */
  readonly largest: number;
  /** Unfinished bodies of one address; 0: any number. */
  readonly perAddress: number;
  /** Longest time for a body to arrive. */
  readonly seconds: number;
  /** Least rate at which it arrives, on average since its first byte; 0: none. */
  readonly bytesPerSecond: number;
}

interface Options extends BodyLimits {
  /** Seconds after which a refused client should try again. */
  readonly retryAfter: () => number;
}

/** A request's body, from its headers to the answer. */
export interface Body {
  /** Counts bytes that are in memory until the answer; the request is refused if they are too many. */
  hold(bytes: number): void;
  /** Bytes that are no longer in memory. */
  release(bytes: number): void;
  /** Called when the request is refused: the rest is read, so that the client reads the answer, and kept nowhere. */
  discard(): void;
  /**
   * Called when its reader works on it while it arrives, and watches its pace itself: it may take as long as it likes.
   *
   * @param onExcess Called, instead of an answer, when its bytes are too many.
   */
  streams(onExcess: (problem: HttpError) => void): void;
  /** Whether its reader works on it while it arrives. */
  readonly isStream: boolean;
  /** Called when all of it is there. */
  arrived(): void;
}

interface Arrival {
  readonly exchange: Exchange;
  readonly since: number;
  bytes: number;
  /** All that has come, if nothing of it is kept any more. */
  discarded?: number;
  /** Called if it is a stream, and its bytes are too many. */
  onExcess?: (problem: HttpError) => void;
}

interface AddressLoad {
  bodies: number;
  bytes: number;
}

export class Bodies {
  readonly #options: Options;
  #bytes = 0;
  readonly #arriving = new Set<Arrival>();
  readonly #addresses = new Map<string, AddressLoad>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Bytes of accepted bodies, arriving or not yet answered. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bodies that are not there yet. */
  get unfinished(): number {
    return this.#arriving.size;
  }

  /** Whether there is no memory for another body. */
  get areFull(): boolean {
    return this.#bytes >= this.#options.budget;
  }

  /**
   * Begins to watch a body, before it is read.
   *
   * @throws HttpError 429 if too many of the address are unfinished; 503 if there is no memory for it.
   */
  open(exchange: Exchange): Body {
    const { perAddress, budget, largest } = this.#options;
    const { address, announcedBytes } = exchange;
    const load = this.#addresses.get(address) ?? { bodies: 0, bytes: 0 };
    if (perAddress > 0 && load.bodies >= perAddress) throw this.#refuse("unfinished-bodies");
    // Who sends more than is accepted is told so: trying again would not help.
    const needed = announcedBytes > largest ? 0 : announcedBytes;
    if (this.#bytes + needed > budget && this.#bytes > 0) throw this.refuse();

    const arrival: Arrival = { exchange, since: performance.now(), bytes: 0 };
    this.#arriving.add(arrival);
    load.bodies++;
    this.#addresses.set(address, load);
    this.#watch();
    const body: Body = {
      hold: (bytes) => this.#hold(arrival, bytes),
      // After the answer, none are left.
      release: (bytes) => void this.#count(arrival, -Math.min(bytes, arrival.bytes)),
      discard: () => this.#discard(arrival),
      streams: (onExcess) => {
        arrival.onExcess = onExcess;
      },
      get isStream() {
        return arrival.onExcess !== undefined;
      },
      arrived: () => this.#settle(arrival),
    };
    exchange.onPiece(body.hold);
    exchange.onClose(() => {
      this.#settle(arrival);
      this.#count(arrival, -arrival.bytes);
    });
    return body;
  }

  /** The error for a request whose body there is no memory for. */
  refuse(): HttpError {
    return this.#refuse("bodies-full");
  }

  #hold(arrival: Arrival, bytes: number): void {
    const { budget, largest } = this.#options;
    const { exchange, onExcess } = arrival;
    if (arrival.discarded !== undefined) {
      arrival.discarded += bytes;
      return;
    }
    if (exchange.isAnswered && !onExcess) return;
    const load = this.#count(arrival, bytes);
    // One body is accepted whatever its share is.
    const share = Math.max(largest, SHARE_OF_ADDRESS * budget);
    if (this.#bytes <= budget && !(load && load.bytes > share)) return;
    if (onExcess) onExcess(this.refuse());
    else this.#cutOff(arrival, this.refuse());
  }

  #discard(arrival: Arrival): void {
    const { bytes } = arrival;
    arrival.discarded ??= bytes;
    this.#count(arrival, -bytes);
  }

  /** @returns What its address has, while the body arrives. */
  #count(arrival: Arrival, bytes: number): AddressLoad | undefined {
    arrival.bytes += bytes;
    this.#bytes += bytes;
    const load = this.#arriving.has(arrival)
      ? this.#addresses.get(arrival.exchange.address)
      : undefined;
    if (load) load.bytes += bytes;
    return load;
  }

  /** The body is there, or will never be. */
  #settle(arrival: Arrival): void {
    if (!this.#arriving.delete(arrival)) return;
    const { address } = arrival.exchange;
    const load = this.#addresses.get(address)!;
    load.bodies--;
    load.bytes -= arrival.bytes;
    if (load.bodies === 0) this.#addresses.delete(address);
    if (this.#arriving.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #watch(): void {
    const each = Math.min(CHECK_MS, (this.#options.seconds * 1000) / 4);
    // What has arrived while the event loop was busy is read before the check.
    this.#timer ??= setInterval(() => setImmediate(() => this.#check()), each).unref();
  }

  #check(): void {
    const { seconds, bytesPerSecond } = this.#options;
    const now = performance.now();
    for (const arrival of this.#arriving) {
      const { exchange, since, bytes: kept, discarded: bytes = kept } = arrival;
      if (exchange.waitsForServer || arrival.onExcess) continue;
      const taken = (now - since) / 1000;
      const late = taken > seconds;
      if (!late && (taken < GRACE_SECONDS || bytes >= taken * bytesPerSecond)) continue;
      const detail = late
        ? `body: it did not arrive within ${seconds} seconds`
        : `body: it arrives at less than ${bytesPerSecond} bytes per second`;
      this.#cutOff(arrival, new HttpError("slow-body", detail));
    }
  }

  #cutOff(arrival: Arrival, problem: HttpError): void {
    this.#settle(arrival);
    arrival.exchange.cutOff(problem);
  }

  #refuse(code: Extract<Rejection, "bodies-full" | "unfinished-bodies">): HttpError {
    const { perAddress, retryAfter } = this.#options;
    const details = {
      "bodies-full":
        "the bodies of other requests take up all the memory set aside for them; try again later",
      "unfinished-bodies": `${perAddress} bodies from this address are unfinished; finish them first`,
    };
    const headers = { "retry-after": String(retryAfter()) };
    return new HttpError(code, details[code], { headers });
  }
}
