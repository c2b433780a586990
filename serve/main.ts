/** `npm run serve`: answers over HTTP until it is told to go. */

import { setFlagsFromString } from "node:v8";
import { pino } from "pino";
import { startServer } from "./server.ts";
import { readSettings } from "./settings.ts";

// Bodies and pixels lie beside V8's heap but count as if they were in it, and this heap is small: 20 MB of them, ten large
// requests, would start a full collection. Four times what survived the last one may come before the next.
setFlagsFromString("--heap-growing-percent=300");

try {
  const settings = readSettings(process.argv.slice(2), process.env);
  const log = pino({ level: settings.logLevel, base: null });
  const server = await startServer(settings, log);

  let going = false;
  const go = (signal: string, drainSeconds: number) => {
    if (going) {
      log.warn({ signal }, "told twice: ending at once");
      process.exit(1);
    }
    going = true;
    log.info({ signal, drainSeconds }, "going");
    server.close(drainSeconds).then(
      () => {
        log.info("gone");
        process.exit(0);
      },
      (error: Error) => {
        log.error({ err: error }, "did not end well");
        process.exit(1);
      },
    );
  };
  // Orchestrators send SIGTERM before balancers know; who presses Ctrl-C does not want to wait.
  process.on("SIGTERM", () => go("SIGTERM", settings.drainSeconds));
  process.on("SIGINT", () => go("SIGINT", 0));
  process.on("SIGHUP", () => void server.host.reload());
} catch (error) {
  const { message, stack } = error as Error;
  process.stderr.write(`error: ${process.env.DEBUG ? stack : message}\n`);
  process.exitCode = 1;
}
