/** The messages of a streaming call: each is a request of its own, from its first byte to its answer. */

import type { Accepted, Admission } from "../core/admission.ts";
import type { Exchange } from "../core/exchange.ts";
import type { HttpError } from "../core/problems.ts";

/** The call that the messages come by. */
interface Carrier extends Exchange {
  /** Whether nothing more can be sent. */
  readonly isClosed: boolean;
}

/** A message that is received or answered. */
export class StreamedMessage implements Exchange {
  readonly announcedBytes = 0;
  readonly #call: Carrier;
  readonly #closed: (() => void)[] = [];
  #take: (bytes: number) => void = () => {};
  #outcome: "open" | "answered" | "failed" = "open";
  #isBounded = false;
  /** Set when its answer is known, and written as fast as the client takes it. */
  isEnded = false;
  #isWhole = false;
  /** What an error is answered by. */
  onFailure: (error: unknown) => void = () => {};

  constructor(call: Carrier) {
    this.#call = call;
  }

  get address(): string {
    return this.#call.address;
  }

  get waitsForServer(): boolean {
    return this.#isWhole || this.#call.waitsForServer;
  }

  get isAnswered(): boolean {
    return this.#outcome !== "open" || this.#call.isClosed;
  }

  get isFinished(): boolean {
    return this.#outcome !== "open";
  }

  get succeeded(): boolean {
    return this.#outcome === "answered";
  }

  onPiece(take: (bytes: number) => void): void {
    this.#take = take;
  }

  onClose(done: () => void): void {
    this.#closed.push(done);
  }

  boundSending(milliseconds: number): void {
    this.#isBounded = true;
    this.#call.boundSending(milliseconds);
  }

  /** Counts bytes that have arrived. */
  add(bytes: number): void {
    this.#take(bytes);
  }

  arrived(): void {
    this.#isWhole = true;
  }

  fail(error: unknown): void {
    if (this.#outcome !== "open") return;
    this.#outcome = "failed";
    this.onFailure(error);
    this.close();
  }

  /** The rest of a message cannot be told from the next one: the call ends. */
  cutOff(problem: HttpError): void {
    this.#call.fail(problem);
  }

  /** Its answer is written. */
  answered(): void {
    if (this.#outcome === "open") this.#outcome = "answered";
    // Until the next message, there is nothing to take.
    if (this.#isBounded) this.#call.boundSending(0);
    this.close();
  }

  close(): void {
    for (const done of this.#closed.splice(0)) done();
  }
}

interface Entry {
  readonly message: StreamedMessage;
  readonly accepted: Accepted;
}

export class StreamedMessages {
  readonly #call: Carrier;
  readonly #admission: Admission;
  readonly #open = new Set<StreamedMessage>();
  /** The one that is arriving. */
  #current: Entry | undefined;
  /** Those that have arrived. */
  readonly #whole: Entry[] = [];

  constructor(call: Carrier, admission: Admission) {
    this.#call = call;
    this.#admission = admission;
    call.onPiece((bytes) => this.hold(bytes));
    call.onClose(() => {
      for (const message of this.#open) message.close();
    });
  }

  /** Whether there is a message without an answer. */
  get areBusy(): boolean {
    return this.#open.size > 0;
  }

  /** Counts bytes of the message that is arriving; the first of them open it. */
  hold(bytes: number): void {
    if (this.#call.isClosed) return;
    try {
      this.#current ??= this.#begin();
      this.#current.message.add(bytes);
    } catch (error) {
      this.#call.fail(error);
    }
  }

  /** Called when a message is there whole. @throws HttpError if there is no place for it. */
  complete(): void {
    const entry = this.#current ?? this.#begin();
    this.#current = undefined;
    entry.message.arrived();
    entry.accepted.body.arrived();
    this.#whole.push(entry);
  }

  /** The next of those that have arrived. */
  next(): Entry {
    return this.#whole.shift()!;
  }

  #begin(): Entry {
    const message = new StreamedMessage(this.#call);
    const accepted = this.#admission.open(message);
    this.#open.add(message);
    message.onClose(() => this.#open.delete(message));
    return { message, accepted };
  }
}
