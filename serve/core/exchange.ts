/** A request and its answer, whatever protocol carries them: what the queue and the limits of bodies need of them. */

import type { StageListener } from "../engine/batcher.ts";
import type { HttpError } from "./problems.ts";

export interface Exchange {
  /** Client address as limits count it: for IPv6, its network. */
  readonly address: string;
  /** Bytes that the body will have, where the client says so; else 0. */
  readonly announcedBytes: number;
  /** Whether the body is complete, or its reader has paused it: the client is not what it waits for. */
  readonly waitsForServer: boolean;
  /** Whether an answer has begun, or can no longer be given. */
  readonly isAnswered: boolean;
  /** Whether all of the answer is handed over: it is sent as fast as the client takes it. */
  readonly isEnded: boolean;
  /** Whether all of the answer was sent. */
  readonly isFinished: boolean;
  /** Whether the answer is not an error. */
  readonly succeeded: boolean;
  /** Told of the stages of the request; undefined where nobody traces it. */
  readonly onStage?: StageListener | undefined;
  /** Calls `take` with the bytes that each piece of the body takes, before its reader gets it; does not start the reading. */
  onPiece(take: (bytes: number) => void): void;
  /** Calls `done` once, when the answer is sent or the client has gone. */
  onClose(done: () => void): void;
  /** Gives up a client that takes nothing of an answer for so many milliseconds; 0: never. */
  boundSending(milliseconds: number): void;
  /** Answers with an error. */
  fail(error: unknown): void;
  /** Answers with an error, drops what has arrived of the body with its reader, and ignores the rest. */
  cutOff(problem: HttpError): void;
}
