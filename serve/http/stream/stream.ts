/**
 * Items as lines of JSON, answered in order while they arrive: any number of them, in memory for a few. No more are read while
 * answers are not taken, so that the client's pace is the stream's.
 */

import { once, setMaxListeners } from "node:events";
import type { Request, RequestHandler, Response } from "express";
import { acceptedOf, bodyOf } from "../../core/httpAdmission.ts";
import { modelRefOf } from "../../core/modelRef.ts";
import { HttpError } from "../../core/problems.ts";
import { mayTakeLong } from "../../core/requestDeadline.ts";
import { maxBodyBytes, type RouteContext } from "../../core/route.ts";
import { type StreamPlaces, streamPlacesOf } from "../../core/streamPlaces.ts";
import { createTurns } from "../../core/turns.ts";
import type { ReadSource } from "../readBody.ts";
import { type Line, linesOf } from "./lines.ts";
import { answerLine, problemLine, type RecordOptions } from "./record.ts";

export const NDJSON = "application/x-ndjson";
/** What clients call it. */
const TYPES = [NDJSON, "application/ndjson", "application/jsonl"];

/** Lines of a stream that are read and not yet sent as answers: they fill the batches of a few threads. */
const IN_FLIGHT = 16;
/** Bytes of such lines, from which on no more are read. */
const IN_FLIGHT_BYTES = 1_000_000;
/** How long the rest of a stream that was ended is ignored, so that its client reads the last line. */
const LINGER_MS = 2000;

/** Makes the handler of requests whose body is lines; others are passed on. */
export function answerLines(context: RouteContext, readSource: ReadSource): RequestHandler {
  const { settings, admission } = context;
  const places = streamPlacesOf(admission);
  return (request, response, next) => {
    if (!request.is(TYPES)) {
      next();
      return;
    }
    if ((request.get("content-encoding") ?? "identity") !== "identity") {
      const detail = "lines are read as they arrive; send them without a content encoding";
      throw new HttpError("content-type", `body: ${detail}`, {
        issues: [{ field: "body", detail }],
      });
    }
    const ref = modelRefOf(request);
    // One that is not served is a problem of the request, not of each line.
    context.models.find(ref);
    mayTakeLong(request);
    acceptedOf(response)!.arrived();
    const gone = new AbortController();
    // Each line adds a listener.
    setMaxListeners(0, gone.signal);
    response.once("close", () => gone.abort(new Error("the client has disconnected")));
    const record: RecordOptions = {
      context,
      ref,
      readSource,
      signal: gone.signal,
      onBug: (error) => request.log.error({ err: error }, "a line failed"),
    };
    response.set("content-type", NDJSON).set("x-accel-buffering", "no").flushHeaders();
    const stream = new Stream(request, response, record, places, settings.bodySeconds * 1000);
    stream.run().catch((error: unknown) => {
      if (!gone.signal.aborted) record.onBug(error);
      response.destroy();
    });
  };
}

class Stream {
  readonly #request: Request;
  readonly #response: Response;
  readonly #record: RecordOptions;
  readonly #places: StreamPlaces;
  /** Longest wait for a line, and for the client to take an answer. */
  readonly #patienceMs: number;
  /** Aborted when no more lines are to be read. */
  readonly #stop = new AbortController();
  #inFlight = 0;
  #bytes = 0;
  #freed = () => {};
  /** Done when the answers so far are sent. */
  #sent = Promise.resolve();

  constructor(
    request: Request,
    response: Response,
    record: RecordOptions,
    places: StreamPlaces,
    patienceMs: number,
  ) {
    this.#request = request;
    this.#response = response;
    this.#record = record;
    this.#places = places;
    this.#patienceMs = patienceMs;
    setMaxListeners(0, this.#stop.signal);
  }

  async run(): Promise<void> {
    const { admission } = this.#record.context;
    const stop = (reason: unknown) => this.#stop.abort(reason);
    const onStopping = () => stop(admission.stopping.reason);
    const onGone = () => stop(this.#record.signal.reason);
    if (admission.stopping.aborted) onStopping();
    admission.stopping.addEventListener("abort", onStopping);
    this.#record.signal.addEventListener("abort", onGone);
    bodyOf(this.#response)!.streams(stop);
    /** The first line that is not answered. */
    let next = 1;
    let problem: unknown;
    try {
      const turn = createTurns();
      for await (const line of this.#lines()) {
        const giveBack = await this.#places.take(this.#stop.signal);
        this.#answer(line, giveBack);
        next = line.number + 1;
        await this.#room();
        await turn();
      }
    } catch (error) {
      problem = error;
    } finally {
      admission.stopping.removeEventListener("abort", onStopping);
    }
    await this.#sent;
    if (this.#record.signal.aborted) return;
    if (problem === undefined) this.#response.end();
    else this.#endEarly(problemLine(next, problem, this.#record, true));
  }

  /** The lines; waits for each no longer than it may take. */
  async *#lines(): AsyncGenerator<Line, void> {
    const { settings } = this.#record.context;
    const body = bodyOf(this.#response)!;
    // The loop must not destroy the request where it ends early: the answer's last line is to be sent.
    const pieces = this.#request.iterator({ destroyOnReturn: false });
    const lines = linesOf(pieces, maxBodyBytes(settings), (bytes) => body.release(bytes));
    for (;;) {
      const late = () => {
        const detail = `no line has come within ${settings.bodySeconds} seconds`;
        this.#stop.abort(new HttpError("slow-body", `body: ${detail}`));
      };
      const timer = setTimeout(late, this.#patienceMs);
      try {
        const { done, value } = await orAborted(lines.next(), this.#stop.signal);
        if (done) return;
        yield value;
      } finally {
        clearTimeout(timer);
      }
    }
  }

  /** Starts to answer a line; its answer is sent after those of the lines before it. */
  #answer(line: Line, giveBack: () => void): void {
    const length = line.bytes?.length ?? 0;
    this.#inFlight++;
    this.#bytes += length;
    const answered = answerLine(line, this.#record).finally(giveBack);
    this.#sent = this.#sent.then(async () => {
      await this.#write(await answered);
      this.#inFlight--;
      this.#bytes -= length;
      bodyOf(this.#response)!.release(length);
      this.#freed();
    });
  }

  /** Waits until there is room for another line. */
  async #room(): Promise<void> {
    while (this.#inFlight >= IN_FLIGHT || (this.#inFlight > 0 && this.#bytes >= IN_FLIGHT_BYTES)) {
      await new Promise<void>((resolve) => {
        this.#freed = resolve;
      });
    }
    if (this.#stop.signal.aborted) throw this.#stop.signal.reason;
  }

  /** Sends a line, and waits while the client takes none. */
  async #write(text: string): Promise<void> {
    const { signal } = this.#record;
    if (signal.aborted || this.#response.write(`${text}\n`)) return;
    // A client that reads nothing cannot be told anything.
    const timer = setTimeout(() => this.#response.destroy(), this.#patienceMs);
    await once(this.#response, "drain", { signal }).catch(() => {});
    clearTimeout(timer);
  }

  /** Sends the last line, and ignores what else comes. */
  #endEarly(last: string): void {
    const request = this.#request;
    for (const event of ["data", "readable"]) request.removeAllListeners(event);
    this.#response.end(`${last}\n`);
    if (request.complete) return;
    const timer = setTimeout(() => request.destroy(), LINGER_MS);
    request.once("close", () => clearTimeout(timer));
    request.on("error", () => {});
    request.resume();
  }
}

/** The promise's result, or the signal's reason if that is aborted first. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason);
    if (signal.aborted) leave();
    signal.addEventListener("abort", leave, { once: true });
    const stay = () => signal.removeEventListener("abort", leave);
    promise.then(resolve, reject).finally(stay);
  });
}
