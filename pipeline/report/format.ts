/** Number formats of the report and the model card. */

/** 1234567 -> "1,234,567" */
export function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}

/** Bytes in binary units: "7.9 MiB". */
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** "42.5 s" or "12 min 5 s" */
export function formatDuration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** Differences of any size: "3.1e-7", or "0". */
export function formatError(value: number): string {
  return value === 0 ? "0" : value.toExponential(1);
}

/** "[batch, 96, 64, 3]" */
export function formatShape(shape: readonly (number | string)[]): string {
  return `[${shape.join(", ")}]`;
}
