/** The places in the queue that streams take: one for each record, in turns, and never all that there are. */

import type { Admission } from "./admission.ts";

/** Share of the queue for all streams together: the other half is for requests. */
const SHARE = 0.5;
/** How often a full queue is asked again. */
const RETRY_MS = 10;

type Queue = Pick<Admission, "maxQueue" | "tryPlace">;

export class StreamPlaces {
  readonly #queue: Queue;
  readonly #most: number;
  #taken = 0;
  /** One of each stream at a time, in the order in which they came. */
  readonly #waiting: ((giveBack: () => void) => void)[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(queue: Queue) {
    this.#queue = queue;
    this.#most = Math.max(1, Math.floor(SHARE * queue.maxQueue));
  }

  /**
   * Waits for a place.
   *
   * @returns Gives the place back.
   * @throws The signal's reason, if it is aborted first.
   */
  take(signal: AbortSignal): Promise<() => void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(grant), 1);
        reject(signal.reason);
      };
      const grant = (giveBack: () => void) => {
        signal.removeEventListener("abort", leave);
        resolve(giveBack);
      };
      signal.addEventListener("abort", leave, { once: true });
      this.#waiting.push(grant);
      this.#grant();
    });
  }

  #grant(): void {
    while (this.#waiting.length > 0 && this.#taken < this.#most) {
      const giveBack = this.#queue.tryPlace();
      if (!giveBack) {
        // Requests fill the queue.
        this.#timer ??= setTimeout(() => {
          this.#timer = undefined;
          this.#grant();
        }, RETRY_MS);
        return;
      }
      this.#taken++;
      this.#waiting.shift()!(() => {
        this.#taken--;
        giveBack();
        this.#grant();
      });
    }
  }
}

const known = new WeakMap<Queue, StreamPlaces>();

/** Those of a queue, which all routes share. */
export function streamPlacesOf(queue: Queue): StreamPlaces {
  const places = known.get(queue) ?? new StreamPlaces(queue);
  known.set(queue, places);
  return places;
}
