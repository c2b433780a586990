/** The bounded queue: how many items are accepted, how long they may take, and which requests are refused. */

import { setMaxListeners } from "node:events";
import type { Request, RequestHandler, Response } from "express";
import type { Nouns } from "../../predictor/nouns.ts";
import type { Waiter } from "../engine/batcher.ts";
import type { Metrics } from "./metrics.ts";
import { HttpError, type Rejection } from "./problems.ts";
import type { SendProblem } from "./sendProblem.ts";

/** Weight of the newest answer in the running mean of the time per item. */
const SMOOTHING = 0.05;

interface Options {
  /** Items accepted and not yet answered. */
  readonly maxQueue: number;
  readonly timeoutSeconds: number;
  readonly metrics: Pick<Metrics, "observe">;
  readonly sendProblem: SendProblem;
  /** Of the model that answers. */
  readonly nouns: () => Nouns;
}

/** A request's place in the queue. */
interface Ticket {
  /**
   * Takes a place for each of the request's items, instead of the one taken before the request was read.
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
  #depth = 0;
  #expected = 0;
  #secondsPerItem = 0.01;
  #stopped = false;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Items accepted and not yet answered. */
  get depth(): number {
    return this.#depth;
  }

  /** Why nothing more is accepted; undefined while there is room. */
  get refusal(): Extract<Rejection, "draining" | "queue-full"> | undefined {
    if (this.#stopped) return "draining";
    return this.#depth >= this.#options.maxQueue ? "queue-full" : undefined;
  }

  /** Requests whose items will be in the batcher's queue soon. */
  readonly expected = (): number => this.#expected;

  /** Accepts nothing more; what was accepted is finished. */
  stop(): void {
    this.#stopped = true;
  }

  /** Refuses a request before its body is read, if there is no place for it. */
  readonly gate: RequestHandler = (_request, response, next) => {
    if (this.refusal !== undefined) throw this.refuse(this.refusal);
    const place = { items: 1, coming: true };
    this.#depth++;
    this.#expected++;
    const ticket: Ticket = {
      resize: (items: number) => {
        // A request that is larger than the whole queue is accepted when the queue is empty.
        const others = this.#depth - place.items;
        if (others > 0 && others + items > this.#options.maxQueue) throw this.refuse("queue-full");
        this.#depth += items - place.items;
        place.items = items;
      },
      arrived: () => {
        if (place.coming) this.#expected--;
        place.coming = false;
      },
    };
    response.locals.ticket = ticket;
    const start = performance.now();
    // "close" comes with and without an answer.
    response.once("close", () => {
      this.#depth -= place.items;
      ticket.arrived();
      const seconds = (performance.now() - start) / 1000;
      if (response.statusCode === 200) {
        // The time was shared with all items in the queue.
        const each = seconds / Math.max(1, this.#depth + place.items);
        this.#secondsPerItem += SMOOTHING * (each - this.#secondsPerItem);
        this.#options.metrics.observe("total", seconds);
      }
    });
    next();
  };

  /** Makes a handler whose work is aborted when its time is up or the client has disconnected. */
  handle(
    work: (request: Request, response: Response, place: QueuePlace) => Promise<void>,
  ): RequestHandler {
    const { timeoutSeconds, sendProblem } = this.#options;
    return (request, response) => {
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
      const ticket = response.locals.ticket as Ticket;
      const waiter = { signal: abort.signal, arrived: ticket.arrived };
      const run = async () => work(request, response, { ticket, waiter });
      run().catch((error: unknown) => {
        if (!abort.signal.aborted) sendProblem(request, response, error);
      });
    };
  }

  /** The error for a refused request, with the time after which to try again. */
  refuse(code: Extract<Rejection, "draining" | "queue-full" | "timeout">): HttpError {
    const { maxQueue, timeoutSeconds, nouns } = this.#options;
    const { items } = nouns();
    const details = {
      draining: `the server is shutting down and accepts no more ${items}; try again`,
      "queue-full": `the queue is full (${this.#depth} of ${maxQueue} ${items}); try again later`,
      timeout: `there was no answer within ${timeoutSeconds} seconds; try again later`,
    };
    const seconds = Math.max(1, Math.ceil(this.#depth * this.#secondsPerItem));
    return new HttpError(code, details[code], { headers: { "retry-after": String(seconds) } });
  }
}
