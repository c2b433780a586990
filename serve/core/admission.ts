/** The bounded queue: how much is accepted, how long it may take, and who is told to come back later. */

import { setMaxListeners } from "node:events";
import type { NextFunction, Request, RequestHandler, Response } from "express";
import type { Waiter } from "../engine/batcher.ts";
import type { Metrics } from "./metrics.ts";
import { HttpError, sendProblem } from "./problem.ts";

/** Weight of the newest answer in the running mean of how long one takes. */
const SMOOTHING = 0.05;

interface Options {
  /** Movies accepted and not yet answered. */
  readonly maxQueue: number;
  readonly timeoutSeconds: number;
  readonly metrics: Metrics;
}

/** What a handler has of its place in the queue. */
export interface Ticket {
  /** Takes the places of all of the request's movies, instead of the one it got unseen. @throws HttpError 503 */
  resize(movies: number): void;
  /** Nobody need wait for its movies any more: they are with the model, or will never be. */
  arrived(): void;
}

export interface Admitted {
  readonly ticket: Ticket;
  readonly waiter: Waiter;
}

export class Admission {
  readonly #options: Options;
  #held = 0;
  #expected = 0;
  #secondsPerMovie = 0.01;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Movies accepted and not yet answered. */
  get depth(): number {
    return this.#held;
  }

  /** Whether nothing more is accepted. */
  get isFull(): boolean {
    return this.#held >= this.#options.maxQueue;
  }

  /** Requests whose movies will be in the batcher's queue soon. */
  readonly expected = (): number => this.#expected;

  /** Turns a request away before its body is read, if there is no place for it. */
  readonly gate: RequestHandler = (_request, response, next) => {
    if (this.isFull) throw this.full();
    const place = { movies: 1, coming: true };
    this.#held++;
    this.#expected++;
    const ticket: Ticket = {
      resize: (movies: number) => {
        // One that is larger than the whole queue is taken when nothing else is there.
        const others = this.#held - place.movies;
        if (others > 0 && others + movies > this.#options.maxQueue) throw this.full();
        this.#held += movies - place.movies;
        place.movies = movies;
      },
      arrived: () => {
        if (place.coming) this.#expected--;
        place.coming = false;
      },
    };
    response.locals.ticket = ticket;
    const start = performance.now();
    // "close" comes after an answer as well as without one.
    response.once("close", () => {
      this.#held -= place.movies;
      ticket.arrived();
      const seconds = (performance.now() - start) / 1000;
      if (response.statusCode === 200) {
        // The queue was shared with all that were in it.
        const each = seconds / Math.max(1, this.#held + place.movies);
        this.#secondsPerMovie += SMOOTHING * (each - this.#secondsPerMovie);
        this.#options.metrics.observe("total", seconds);
      }
    });
    next();
  };

  /** Makes a handler whose work ends, answered or not, when its time is up or the client is gone. */
  handle(
    work: (request: Request, response: Response, admitted: Admitted) => Promise<void>,
  ): RequestHandler {
    return (request: Request, response: Response, _next: NextFunction) => {
      const abort = new AbortController();
      // Each movie of a request listens.
      setMaxListeners(0, abort.signal);
      const timer = setTimeout(() => {
        const seconds = this.#options.timeoutSeconds;
        const late = this.#busy("timeout", `there was no answer within ${seconds} seconds`);
        abort.abort(late);
        sendProblem(request, response, late);
      }, this.#options.timeoutSeconds * 1000);
      response.once("close", () => {
        clearTimeout(timer);
        if (!response.writableFinished) abort.abort(new Error("the client is gone"));
      });
      const ticket = response.locals.ticket as Ticket;
      const waiter = { signal: abort.signal, arrived: ticket.arrived };
      const run = async () => work(request, response, { ticket, waiter });
      run().catch((error: unknown) => {
        if (!abort.signal.aborted) sendProblem(request, response, error);
      });
    };
  }

  /** What one is told who is turned away; counted as such. */
  full(): HttpError {
    return this.#busy(
      "queue-full",
      `${this.#held} movies are waiting and no more are accepted; try again later`,
    );
  }

  #busy(kind: "queue-full" | "timeout", detail: string): HttpError {
    this.#options.metrics.reject(kind);
    const seconds = Math.max(1, Math.ceil(this.#held * this.#secondsPerMovie));
    return new HttpError(503, kind, detail, { headers: { "retry-after": String(seconds) } });
  }
}
