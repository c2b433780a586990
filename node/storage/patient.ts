/** A storage that waits: for a full disk that is cleared, for a network that comes back. */

import { setTimeout as pause } from "node:timers/promises";
import { isTransient } from "../transient.ts";
import type { Storage } from "./storage.ts";

/** Waits between tries, in milliseconds: four minutes in all. */
const WAITS_MS = [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000];

/**
 * @param onNotice Called when something has to be tried again, and when that has helped.
 * @returns The storage, whose errors that may pass are tried again, with longer and longer waits.
 */
export function patient(
  storage: Storage,
  onNotice: (text: string) => void,
  waits: readonly number[] = WAITS_MS,
): Storage {
  const again =
    <Args extends unknown[], Result>(work: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      for (const [i, wait] of waits.entries()) {
        try {
          const result = await work(...args);
          if (i > 0) onNotice(`${storage.url} is available again`);
          return result;
        } catch (error) {
          if (!isTransient(error)) throw error;
          const text = `${storage.url} is not available now (${(error as Error).message})`;
          if (i === 0) onNotice(`${text}; retrying for some minutes`);
          await pause(wait);
        }
      }
      return work(...args);
    };
  return {
    ...storage,
    put: again(storage.put),
    putFile: again(storage.putFile),
    get: again(storage.get),
    getFile: again(storage.getFile),
    name: again(storage.name),
    named: again(storage.named),
  };
}
