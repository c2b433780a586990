/** `npm run serve`: answers over HTTP until it is told to go. */

import { pino } from "pino";
import { startServer } from "./server.ts";
import { readSettings } from "./settings.ts";

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
