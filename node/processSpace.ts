/** Identifies processes beyond their ids, which are reused and differ between containers. */

import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

let space: string | undefined;

/**
 * Hash (8 hexadecimal digits) of host name, boot and PID namespace, within which process ids are comparable. Without
 * /proc, a hash of the host name only.
 */
export function processSpace(): string {
  space ??= createHash("sha256")
    .update(
      [
        hostname(),
        readOr(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8")),
        readOr(() => readlinkSync("/proc/self/ns/pid")),
      ].join(),
    )
    .digest("hex")
    .slice(0, 8);
  return space;
}

/**
 * Start time of a process of this space, in the kernel's clock ticks since boot; undefined if it is not running. An empty
 * text if the process is running but its start cannot be read: without /proc, or where /proc hides other users' processes.
 */
export function startOf(pid: number): string | undefined {
  const text = readOr(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  if (text === "") return isRunning(pid) ? "" : undefined;
  // The name, in parentheses, may contain spaces and parentheses. The start time is field 22, the 20th after it (proc(5)).
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  // Z: a zombie, which has ended.
  return fields[0] === "Z" ? undefined : fields[19];
}

/** Whether a process with this id is running in this space, under any user. */
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
