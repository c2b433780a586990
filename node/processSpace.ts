/** Which process a number means: process ids are reused, and each container has its own. */

import { createHash } from "node:crypto";
import { existsSync, readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

let known: string | undefined;

/**
 * 8 hex digits for the running kernel and its PID namespace: a process id of another space says nothing here. Where there is
 * no /proc, the host's name alone.
 */
export function processSpace(): string {
  known ??= createHash("sha256")
    .update(
      [
        hostname(),
        readOr(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8")),
        readOr(() => readlinkSync("/proc/self/ns/pid")),
      ].join(),
    )
    .digest("hex")
    .slice(0, 8);
  return known;
}

/** When a process of this space started, in the kernel's own words; undefined where there is no such process. */
export function startOf(pid: number): string | undefined {
  if (!existsSync("/proc/self/stat")) return isRunning(pid) ? "" : undefined;
  const text = readOr(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  if (text === "") return undefined;
  // The name in brackets may hold spaces and brackets itself; the start is field 22, the 20th behind it (man 5 proc).
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  // A zombie has ended already.
  return fields[0] === "Z" ? undefined : fields[19];
}

/** Whether there is a process of this number in this space, of whatever user. */
export function isRunning(pid: number): boolean {
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function readOr(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}
