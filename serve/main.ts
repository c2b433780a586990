/** `npm run serve`: answers over HTTP until a signal stops it. */

import { setFlagsFromString } from "node:v8";
import { pino } from "pino";
import { runCommand } from "../node/command.ts";
import { startServer } from "./server.ts";
import { PROGRAM } from "./settings.ts";

// Bodies and pixels lie outside V8's heap but count towards its limit, and the heap is small: 20 MB of them, ten large
// requests, would start a full collection. Let the heap grow to four times what survived the last one before the next.
setFlagsFromString("--heap-growing-percent=300");

await runCommand(PROGRAM, async (settings) => {
  const log = pino({ level: settings.logLevel, base: null });
  const server = await startServer(settings, log);

  let isShuttingDown = false;
  const shutDown = (signal: string, drainSeconds: number) => {
    if (isShuttingDown) {
      log.warn({ signal }, "second signal: exiting at once");
      process.exit(1);
    }
    isShuttingDown = true;
    log.info({ signal, drainSeconds }, "shutting down");
    server.close(drainSeconds).then(
      () => {
        log.info("stopped");
        process.exit(0);
      },
      (error: Error) => {
        log.error({ err: error }, "shutdown failed");
        process.exit(1);
      },
    );
  };
  // Orchestrators send SIGTERM before load balancers stop sending requests; Ctrl-C must not wait for that.
  process.on("SIGTERM", () => shutDown("SIGTERM", settings.drainSeconds));
  process.on("SIGINT", () => shutDown("SIGINT", 0));
  process.on("SIGHUP", () => void server.models.reload());
  return 0;
});
