/** Installs what tests need and Debian has, where this is root on Debian; says what it could not, and does not fail. */

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { commandOf, isHere, NEEDS, type Need, type NeedName } from "./needs.ts";

const APT = "/usr/bin/apt-get";

function apt(...args: string[]): boolean {
  const options = ["-q", "-o", "DPkg::Lock::Timeout=300"];
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  return spawnSync(APT, [...options, ...args], { stdio: "inherit", env }).status === 0;
}

const missing = (Object.keys(NEEDS) as NeedName[])
  .filter((name) => !isHere(name))
  .map((name): Need => NEEDS[name])
  .filter(({ debian }) => debian !== undefined);
if (missing.length > 0) {
  const mayInstall = process.getuid?.() === 0 && existsSync(APT);
  if (mayInstall) apt("update");
  for (const need of missing) {
    // One by one: a package that this Debian lacks must not keep the others away.
    if (mayInstall && apt("install", "-y", "--no-install-recommends", ...need.debian!.split(" "))) {
      continue;
    }
    console.error(`${commandOf(need)}: not done; skipped without it: ${need.untested}`);
  }
}
