/** Tries what was set up, as the doctor does. */

import { spawnSync } from "node:child_process";
import type { Console } from "../../pipeline/common/console.ts";
import type { CheckResult } from "../../pipeline/doctor/check.ts";

/**
 * @param withoutDevice Whether this machine need not have the device: then the reason is printed only.
 * @returns The exit code.
 * @throws Error with the reason, if it does not work.
 */
export function checkRequired(
  kind: "backend" | "provider",
  name: string,
  out: Console,
  withoutDevice = false,
): number {
  const { stdout } = spawnSync(
    process.execPath,
    ["--import", "tsx", "pipeline/doctor/check.ts", kind, name],
    { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] },
  );
  const last = stdout.trim().split("\n").at(-1) ?? "";
  const result: CheckResult = last.startsWith("{")
    ? (JSON.parse(last) as CheckResult)
    : { works: false, reason: "its trial ended without an answer" };
  if (result.works) out.line(`  ${result.description} works`);
  else if (withoutDevice) out.line(`  it does not run on this machine: ${result.reason}`);
  else throw new Error(`${name} is set up, but does not work: ${result.reason}`);
  return 0;
}
