/** Downloads that end: a network may stall for ever without an error. */

import { Trouble } from "../troubles.ts";
import { createWatch } from "./watch.ts";

/** Seconds without a byte after which a download counts as stalled. */
const SILENCE = 30;
export const ATTEMPTS = 2;

/**
 * Runs a download, and once more where it stalls: a new connection may get through.
 *
 * @param url Of the file, whose name is for the user.
 * @param work Ends with the signal, and calls `sign` whenever something has come.
 * @param given Ends the download, too.
 * @throws Trouble `stalled`, or what `work` throws.
 */
export async function inTime<T>(
  url: string,
  work: (signal: AbortSignal, sign: () => void) => Promise<T>,
  given?: AbortSignal,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await oneInTime(url, work, given);
    } catch (error) {
      if (!isStall(error) || attempt === ATTEMPTS) throw error;
    }
  }
}

export const isStall = (error: unknown): boolean =>
  error instanceof Trouble && error.trouble.code === "stalled";

/** As `inTime`, but gives up at once. */
export async function oneInTime<T>(
  url: string,
  work: (signal: AbortSignal, sign: () => void) => Promise<T>,
  given?: AbortSignal,
): Promise<T> {
  const limit = new AbortController();
  const end = () => limit.abort(given!.reason);
  if (given?.aborted) end();
  given?.addEventListener("abort", end);
  let reject!: (stall: Trouble) => void;
  const stalled = new Promise<never>((_resolve, rejectIt) => {
    reject = rejectIt;
  });
  const watch = createWatch(SILENCE, () => {
    const file = new URL(url).pathname.split("/").at(-1)!;
    // First, so that it counts before what the abort makes of the request.
    reject(new Trouble("stalled", { file, seconds: SILENCE }));
    limit.abort();
  });
  watch.start();
  try {
    return await Promise.race([work(limit.signal, watch.sign), stalled]);
  } finally {
    watch.stop();
    given?.removeEventListener("abort", end);
  }
}
