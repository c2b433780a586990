/** What both ends of a queue have to agree on. BullMQ does the queueing: locks, retries, flows and events are its own. */

import * as z from "zod";

/** Before the names of all keys in Redis. */
export const PREFIX = "marquee";

/** Tries of a job before it is set aside. */
export const ATTEMPTS = 3;
/** Wait before the second try, in milliseconds; doubled for the third. */
const BACKOFF_MS = 1000;
/** Finished jobs are forgotten after a week, in seconds; outputs stay in the storage. */
const KEEP_SECONDS = 7 * 24 * 3600;
/** Lines of a job's log that are kept. */
const LOG_LINES = 200;

/** Options of every job. */
export const JOB_OPTIONS = {
  attempts: ATTEMPTS,
  backoff: { type: "exponential", delay: BACKOFF_MS },
  removeOnComplete: { age: KEEP_SECONDS },
  removeOnFail: { age: KEEP_SECONDS },
  keepLogs: LOG_LINES,
} as const;

/** Text from elsewhere, for a terminal: control characters could do what they like there. */
export const printable = z.string().transform((text) => text.replace(/\p{Cc}+/gu, " "));

/** What a worker says of a job while it works. */
export const noteSchema = z.object({
  /** Name of the worker. */
  machine: printable,
  /** What the job's process says; its reader checks it. */
  event: z.unknown().optional(),
  /** Something that the people who wait should know: "given back: ..." */
  text: printable.optional(),
});
export type Note = z.infer<typeof noteSchema>;
