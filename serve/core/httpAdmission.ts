/** The queue as Express handlers use it. */

import type { Request, RequestHandler, Response } from "express";
import { ipKeyGenerator } from "express-rate-limit";
import type { StageListener } from "../engine/batcher.ts";
import { type Accepted, Admission, type AdmissionOptions, type QueuePlace } from "./admission.ts";
import type { Body } from "./bodies.ts";
import type { Exchange } from "./exchange.ts";
import type { SendProblem } from "./sendProblem.ts";

interface Options extends AdmissionOptions {
  readonly sendProblem: SendProblem;
}

export class HttpAdmission extends Admission {
  readonly #sendProblem: SendProblem;

  constructor({ sendProblem, ...options }: Options) {
    super(options);
    this.#sendProblem = sendProblem;
  }

  /** Refuses a request before its body is read, if there is no place for it. */
  readonly gate: RequestHandler = (request, response, next) => {
    response.locals.accepted = this.open(exchangeOf(request, response, this.#sendProblem));
    next();
  };

  /** Makes a handler whose work is aborted when its time is up or the client has disconnected. */
  handle(
    work: (request: Request, response: Response, place: QueuePlace) => Promise<void>,
  ): RequestHandler {
    return (request, response) =>
      this.run(acceptedOf(response)!, (place) => work(request, response, place));
  }
}

/** The body of a request that passed the gate; other requests have none. */
export function bodyOf(response: Response): Body | undefined {
  return acceptedOf(response)?.body;
}

/** A request that passed the gate; undefined for others. */
export function acceptedOf(response: Response): Accepted | undefined {
  return response.locals.accepted as Accepted | undefined;
}

function exchangeOf(request: Request, response: Response, sendProblem: SendProblem): Exchange {
  return {
    address: ipKeyGenerator(request.ip ?? ""),
    onStage: response.locals.onStage as StageListener | undefined,
    announcedBytes: Number(request.headers["content-length"] ?? 0),
    get waitsForServer() {
      return request.complete || request.isPaused();
    },
    get isAnswered() {
      return response.headersSent || response.destroyed;
    },
    get isEnded() {
      return response.writableEnded;
    },
    get isFinished() {
      return response.writableFinished;
    },
    get succeeded() {
      return response.statusCode === 200;
    },
    // Unlike `on`, this does not start the stream: its reader is not there yet.
    onPiece: (take) => void request.prependListener("data", (piece) => take(piece.length)),
    // "close" comes with and without an answer.
    onClose: (done) => void response.once("close", done),
    boundSending: (milliseconds) =>
      void response.setTimeout(milliseconds, () => response.destroy()),
    fail: (error) => sendProblem(request, response, error),
    cutOff(problem) {
      // What a slow client has yet to send would keep the connection.
      if (problem.code === "slow-body" && !response.headersSent) {
        response.setHeader("connection", "close");
      }
      request.unpipe();
      // With its listeners, the body's reader goes, and what it has collected.
      for (const event of ["data", "readable", "end", "aborted", "error", "close"]) {
        request.removeAllListeners(event);
      }
      request.on("error", () => {});
      request.resume();
      sendProblem(request, response, problem);
    },
  };
}
