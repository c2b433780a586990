/** Notices that something has given no sign of life for some time. */

const TICK_MS = 1000;

export interface Watch {
  /** Begins to count, unless it is counting. */
  start(): void;
  /** A sign of life: restarts the count. */
  sign(): void;
  stop(): void;
}

/**
 * Counts seconds one by one: a device that slept meanwhile wakes up one second older.
 *
 * @param onSilent Called once, after so many seconds without a sign.
 */
export function createWatch(seconds: number, onSilent: () => void): Watch {
  let timer: ReturnType<typeof setInterval> | undefined;
  let passed = 0;
  const stop = () => {
    clearInterval(timer);
    timer = undefined;
  };
  return {
    start() {
      timer ??= setInterval(() => {
        passed++;
        if (passed < seconds) return;
        stop();
        onSilent();
      }, TICK_MS);
    },
    sign() {
      passed = 0;
    },
    stop,
  };
}
