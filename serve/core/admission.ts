/**
 * The bounded queue: how many items are accepted, how long they may take, and which requests are refused. A request takes
 * its place when its body is there.
 */

import { setMaxListeners } from "node:events";
import type { Request, RequestHandler, Response } from "express";
import type { Nouns } from "../../predictor/nouns.ts";
import type { Waiter } from "../engine/batcher.ts";
import { Bodies, type BodyLimits, bodyOf } from "./bodies.ts";
import type { Metrics } from "./metrics.ts";
import { HttpError, type Rejection } from "./problems.ts";
import type { SendProblem } from "./sendProblem.ts";

/** Weight of the newest answer in the running mean of the time per item. */
const SMOOTHING = 0.05;

interface Options {
  /** Items accepted and not yet answered. */
  readonly maxQueue: number;
  readonly timeoutSeconds: number;
  readonly bodies: BodyLimits;
  readonly metrics: Pick<Metrics, "observe">;
  readonly sendProblem: SendProblem;
  /** Of the model that answers. */
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

/** What the handler of a queued route works with. */
export interface QueuePlace {
  readonly ticket: Ticket;
  readonly waiter: Waiter;
}

export class Admission {
  readonly #options: Options;
  readonly bodies: Bodies;
  #depth = 0;
  #expected = 0;
  #accepted = 0;
  #secondsPerItem = 0.01;
  readonly #stop = new AbortController();

  constructor(options: Options) {
    this.#options = options;
    const { sendProblem, bodies } = options;
    this.bodies = new Bodies({ ...bodies, sendProblem, retryAfter: () => this.#retryAfter() });
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

  /** Refuses a request before its body is read, if there is no place for it. */
  readonly gate: RequestHandler = (request, response, next) => {
    if (this.refusal !== undefined) throw this.refuse(this.refusal);
    this.bodies.open(request, response);
    this.#accepted++;
    let coming = true;
    this.#expected++;
    const arrived = () => {
      if (coming) this.#expected--;
      coming = false;
    };
    response.locals.arrived = arrived;
    const start = performance.now();
    // "close" comes with and without an answer.
    response.once("close", () => {
      arrived();
      // A stream's records count by themselves.
      if (response.statusCode !== 200 || response.locals.isStream) return;
      this.#options.metrics.observe("total", (performance.now() - start) / 1000);
    });
    next();
  };

  /** @throws HttpError 503 if the queue is full. */
  #takePlace(response: Response): Ticket {
    if (this.#depth >= this.#options.maxQueue) throw this.refuse("queue-full");
    let places = 1;
    this.#depth++;
    const start = performance.now();
    response.once("close", () => {
      this.#depth -= places;
      if (response.statusCode !== 200) return;
      // The time was shared with all items in the queue.
      const each = (performance.now() - start) / 1000 / Math.max(1, this.#depth + places);
      this.#secondsPerItem += SMOOTHING * (each - this.#secondsPerItem);
    });
    return {
      arrived: response.locals.arrived as () => void,
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

  /** Makes a handler whose work is aborted when its time is up or the client has disconnected. */
  handle(
    work: (request: Request, response: Response, place: QueuePlace) => Promise<void>,
  ): RequestHandler {
    const { timeoutSeconds, sendProblem } = this.#options;
    return (request, response) => {
      bodyOf(response)?.arrived();
      // It was refused while its body was read.
      if (response.headersSent) return;
      const ticket = this.#takePlace(response);
      const abort = new AbortController();
      // Each item of a request adds a listener.
      setMaxListeners(0, abort.signal);
      const timer = setTimeout(() => {
        const late = this.refuse("timeout");
        abort.abort(late);
        sendProblem(request, response, late);
      }, timeoutSeconds * 1000);
      response.once("close", () => {
        clearTimeout(timer);
        if (!response.writableFinished) abort.abort(new Error("the client has disconnected"));
      });
      const waiter = { signal: abort.signal, arrived: ticket.arrived };
      const run = async () => work(request, response, { ticket, waiter });
      run().catch((error: unknown) => {
        if (abort.signal.aborted) return;
        sendProblem(request, response, error);
        // Its other items need no answer.
        abort.abort(error);
      });
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
