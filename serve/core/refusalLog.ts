/** Logs refusals because of load: once a second, as there may be thousands. */

import type { Logger } from "pino";

const LOG_MS = 1000;

/** Makes the function to call for each request that is refused. */
export function createRefusalLog(log: Logger): (reason: string) => void {
  let refused = 0;
  return (reason) => {
    if (refused++ > 0) return;
    setTimeout(() => {
      log.warn({ refused, reason }, "requests were refused");
      refused = 0;
    }, LOG_MS).unref();
  };
}
