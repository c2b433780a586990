/** Says once that nothing can be exported, and once that it can be again: a dead collector must not fill the log. */

import type { Logger } from "pino";
import type { Signal } from "./environment.ts";

/** What OpenTelemetry's exporters have in common. */
interface Exporter<Batch, Result> {
  export(batch: Batch, callback: (result: Result) => void): void;
}

/** OpenTelemetry's ExportResult; its code is 0 for success. */
interface ExportResult {
  readonly code: number;
  readonly error?: Error;
}

/** Logs the first failure of each cause, and the end of failing. Changes the exporter itself. */
export function watchExports<Batch, Result extends ExportResult, E extends Exporter<Batch, Result>>(
  exporter: E & Exporter<Batch, Result>,
  signal: Signal,
  log: Logger,
): E {
  const send = exporter.export.bind(exporter);
  let cause: string | undefined;
  let failures = 0;
  exporter.export = (batch, callback) => {
    send(batch, (result) => {
      if (result.code === 0) {
        if (cause !== undefined) log.info({ signal, failures }, "telemetry is exported again");
        cause = undefined;
        failures = 0;
      } else {
        failures++;
        const reason = causeOf(result.error);
        if (cause !== reason) {
          log.warn({ signal, reason }, "telemetry cannot be exported; requests are still served");
        }
        cause = reason;
      }
      callback(result);
    });
  };
  return exporter;
}

/** An AggregateError, of an address that has several IPs, says nothing itself. */
function causeOf(
  error: (Error & { code?: unknown; errors?: readonly Error[] }) | undefined,
): string {
  if (error === undefined) return "unknown";
  const code = error.code === undefined ? "" : ` (${String(error.code)})`;
  const inner = error.errors?.[0]?.message ?? "";
  return `${error.message || inner || error.name}${code}`;
}
