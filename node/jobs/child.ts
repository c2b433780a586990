/** Processes that run a script of this program, whose parent speaks to them by messages. */

import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { SCRIPT_FLAGS, scriptUrl } from "../script.ts";

/**
 * @param script URL of the TypeScript file.
 * @param stderr Whether its standard error is this process's, or is read by it.
 */
export function forkScript(script: URL, stderr: "inherit" | "pipe"): ChildProcess {
  return fork(fileURLToPath(scriptUrl(script)), {
    execArgv: [...SCRIPT_FLAGS],
    serialization: "advanced",
    stdio: ["ignore", "ignore", stderr, "ipc"],
  });
}

/** "by SIGKILL", "with status 1" */
export function howItEnded(code: number | null, killedBy: string | null): string {
  return killedBy ? `by ${killedBy}` : `with status ${code}`;
}
