/**
 * The bounded queue: how many items are accepted, how long they may take, and which requests are refused. A request takes
 * its place when its body is there.
 */

import { setMaxListeners } from "node:events";
import type { Nouns } from "../../predictor/nouns.ts";
import type { Waiter } from "../engine/batcher.ts";
import { Bodies, type Body, type BodyLimits } from "./bodies.ts";
import type { Exchange } from "./exchange.ts";
import type { Metrics } from "./metrics.ts";
import { HttpError, type Rejection } from "./problems.ts";

/** Weight of the newest answer in the running mean of the time per item. */
const SMOOTHING = 0.05;

export interface AdmissionOptions {
  /** Items accepted and not yet answered. */
  readonly maxQueue: number;
  readonly timeoutSeconds: number;
  readonly bodies: BodyLimits;
  readonly metrics: Pick<Metrics, "observe">;
  /** Nouns of the model that answers. */
  readonly nouns: () => Nouns;
}

/** A request's place in the queue. */
interface Ticket {
  /**
   * Takes a place for each of the request's items, instead of the one taken when its body was there.
   *
   * @throws HttpError 503 if the queue has not enough places.
   */
  resize(items: number): void;
  /** Called when its items are in the queue or will never be, so that batches need not wait for them. */
  arrived(): void;
}

/** A request that was accepted, from its headers to the answer. */
export interface Accepted {
  readonly exchange: Exchange;
  readonly body: Body;
  /** When it was accepted, on the clock of `performance.now`. */
  readonly opened: number;
  /** Called when its items are in the queue or will never be. */
  readonly arrived: () => void;
}

/** What the handler of a queued request works with. */
export interface QueuePlace {
  readonly ticket: Ticket;
  readonly waiter: Waiter;
}

export class Admission {
  readonly #options: AdmissionOptions;
  readonly bodies: Bodies;
  #depth = 0;
  #expected = 0;
  #accepted = 0;
  #secondsPerItem = 0.01;
  readonly #stop = new AbortController();

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.bodies = new Bodies({ ...options.bodies, retryAfter: () => this.#retryAfter() });
  }

  /** Items accepted and not yet answered. */
  get depth(): number {
    return this.#depth;
  }

  get maxQueue(): number {
    return this.#options.maxQueue;
  }

  /** Aborted when nothing more is accepted, with the error that says so. */
  get stopping(): AbortSignal {
    return this.#stop.signal;
  }

  /** Requests that were accepted since the start. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Whether no accepted request is without an answer. */
  get isIdle(): boolean {
    return this.#depth === 0 && this.bodies.unfinished === 0;
  }

  /** Why nothing more is accepted; undefined while there is room. */
  get refusal(): Extract<Rejection, "draining" | "queue-full" | "bodies-full"> | undefined {
    if (this.#stop.signal.aborted) return "draining";
    if (this.#depth >= this.#options.maxQueue) return "queue-full";
    return this.bodies.areFull ? "bodies-full" : undefined;
  }

  /** Requests whose items will be in the batcher's queue soon. */
  readonly expected = (): number => this.#expected;

  /** Accepts nothing more; what was accepted is finished, also requests whose bodies are arriving. */
  stop(): void {
    this.#stop.abort(this.refuse("draining"));
  }

  /**
   * Accepts a request before its body is read, and begins to watch the body.
   *
   * @throws HttpError 503 or 429 if there is no place for it.
   */
  open(exchange: Exchange): Accepted {
    if (this.refusal !== undefined) throw this.refuse(this.refusal);
    const body = this.bodies.open(exchange);
    this.#accepted++;
    let coming = true;
    this.#expected++;
    const arrived = () => {
      if (coming) this.#expected--;
      coming = false;
    };
    const start = performance.now();
    exchange.onClose(() => {
      arrived();
      // A stream's records count by themselves.
      if (!exchange.succeeded || body.isStream) return;
      this.#options.metrics.observe("total", (performance.now() - start) / 1000);
    });
    return { exchange, body, opened: start, arrived };
  }

  /**
   * Gives a request, whose body is there, its place in the queue, and runs `work`, which is aborted when its time is up or
   * the client has disconnected. What `work` throws is answered.
   *
   * @throws HttpError 503 if the queue is full.
   */
  run(
    { exchange, body, opened, arrived }: Accepted,
    work: (place: QueuePlace) => Promise<void>,
  ): void {
    body.arrived();
    // It was refused while its body was read.
    if (exchange.isAnswered) return;
    const ticket = this.#takePlace(exchange, arrived);
    const abort = new AbortController();
    // Each item of a request adds a listener.
    setMaxListeners(0, abort.signal);
    const timer = setTimeout(() => {
      // The answer was in time, and how fast it is taken is up to the client.
      if (exchange.isEnded) return exchange.boundSending(this.#options.bodies.seconds * 1000);
      const late = this.refuse("timeout");
      abort.abort(late);
      exchange.fail(late);
    }, this.#options.timeoutSeconds * 1000);
    exchange.onClose(() => {
      clearTimeout(timer);
      if (!exchange.isFinished) abort.abort(new Error("the client has disconnected"));
    });
    const { onStage } = exchange;
    onStage?.("receive", opened, performance.now());
    const waiter = { signal: abort.signal, arrived, onStage };
    const start = async () => work({ ticket, waiter });
    start().catch((error: unknown) => {
      if (abort.signal.aborted) return;
      exchange.fail(error);
      // Its other items need no answer.
      abort.abort(error);
    });
  }

  /** @throws HttpError 503 if the queue is full. */
  #takePlace(exchange: Exchange, arrived: () => void): Ticket {
    if (this.#depth >= this.#options.maxQueue) throw this.refuse("queue-full");
    let places = 1;
    this.#depth++;
    const start = performance.now();
    exchange.onClose(() => {
      this.#depth -= places;
      if (!exchange.succeeded) return;
      // The time was shared with all items in the queue.
      const each = (performance.now() - start) / 1000 / Math.max(1, this.#depth + places);
      this.#secondsPerItem += SMOOTHING * (each - this.#secondsPerItem);
    });
    return {
      arrived,
      resize: (items) => {
        // A request that is larger than the whole queue is accepted when the queue is empty.
        const others = this.#depth - places;
        if (others > 0 && others + items > this.#options.maxQueue) throw this.refuse("queue-full");
        this.#depth += items - places;
        places = items;
      },
    };
  }

  /** Takes a place for one record of a stream. @returns Gives it back; undefined where the queue is full. */
  tryPlace(): (() => void) | undefined {
    if (this.#depth >= this.#options.maxQueue) return undefined;
    this.#depth++;
    const start = performance.now();
    return () => {
      this.#depth--;
      const each = (performance.now() - start) / 1000 / (this.#depth + 1);
      this.#secondsPerItem += SMOOTHING * (each - this.#secondsPerItem);
    };
  }

  /** The error for a refused request, with the time after which to try again. */
  refuse(
    code: Extract<Rejection, "draining" | "queue-full" | "bodies-full" | "timeout">,
  ): HttpError {
    if (code === "bodies-full") return this.bodies.refuse();
    const { maxQueue, timeoutSeconds, nouns } = this.#options;
    const { items } = nouns();
    const details = {
      draining: `the server is shutting down and accepts no more ${items}; try again`,
      "queue-full": `the queue is full (${this.#depth} of ${maxQueue} ${items}); try again later`,
      timeout: `there was no answer within ${timeoutSeconds} seconds; try again later`,
    };
    const headers = { "retry-after": String(this.#retryAfter()) };
    return new HttpError(code, details[code], { headers });
  }

  /** Seconds that what is in the queue will take. */
  #retryAfter(): number {
    return Math.max(1, Math.ceil(this.#depth * this.#secondsPerItem));
  }
}
