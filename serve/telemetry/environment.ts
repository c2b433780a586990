/** What OpenTelemetry's environment variables ask for; the SDK itself reads those that are not named here. */

/** Defaults from https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/. */
const DEFAULT_INTERVAL_MS = 60_000;
const DEFAULT_TIMEOUT_MS = 30_000;

/** What is exported, by its name in the variables and in paths. */
export const SIGNALS = ["traces", "metrics"] as const;
export type Signal = (typeof SIGNALS)[number];

export interface TelemetryPlan {
  /** None: telemetry is off. */
  readonly signals: readonly Signal[];
  /** Between two exports of metrics. */
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** What of the environment is not done as it says, in sentences. */
  readonly warnings: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/** A signal is on where an endpoint is named for it or for both, unless its exporter is `none`. */
export function planTelemetry(env: Environment): TelemetryPlan {
  const warnings: string[] = [];
  const isDisabled = env.OTEL_SDK_DISABLED?.trim().toLowerCase() === "true";
  const signals = isDisabled ? [] : SIGNALS.filter((signal) => isOn(signal, env, warnings));
  const interval = milliseconds("OTEL_METRIC_EXPORT_INTERVAL", env, warnings);
  const intervalMs = interval ?? DEFAULT_INTERVAL_MS;
  const timeout = milliseconds("OTEL_METRIC_EXPORT_TIMEOUT", env, warnings);
  return {
    signals,
    intervalMs,
    // The next export would begin before this one has timed out.
    timeoutMs: Math.min(timeout ?? DEFAULT_TIMEOUT_MS, intervalMs),
    warnings: signals.length > 0 ? warnings : [],
  };
}

/** @param warnings Gets a sentence for each value that cannot be followed. */
function isOn(signal: Signal, env: Environment, warnings: string[]): boolean {
  const own = `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}`;
  const exporter = env[`OTEL_${signal.toUpperCase()}_EXPORTER`]?.trim();
  const endpoint = env[`${own}_ENDPOINT`]?.trim() || env.OTEL_EXPORTER_OTLP_ENDPOINT?.trim();
  if (!endpoint || exporter === "none") return false;
  if (exporter && exporter !== "otlp") {
    warnings.push(
      `OTEL_${signal.toUpperCase()}_EXPORTER is "${exporter}"; ${signal} can be exported with "otlp", or not at all with "none"`,
    );
  }
  const name = env[`${own}_PROTOCOL`] ? `${own}_PROTOCOL` : "OTEL_EXPORTER_OTLP_PROTOCOL";
  const protocol = env[name]?.trim();
  if (protocol && protocol !== "http/protobuf") {
    warnings.push(
      `${name} is "${protocol}"; ${signal} are sent as http/protobuf, which collectors take at port 4318`,
    );
  }
  return true;
}

function milliseconds(name: string, env: Environment, warnings: string[]): number | undefined {
  const text = env[name]?.trim();
  if (!text) return undefined;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  warnings.push(`${name} is "${text}"; it must be a number of milliseconds, and is ignored`);
  return undefined;
}
