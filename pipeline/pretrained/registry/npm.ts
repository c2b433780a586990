/** Packages of the npm registry, from wherever npm is set to fetch them. */

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  /** Hash of the package's archive, in the registry's notation. */
  readonly integrity: string;
}

/**
 * Fetches a package's archive with npm, and unpacks it without running its scripts.
 *
 * @param work Folder for the archive.
 * @param target Folder that becomes the package's; it is made.
 * @returns That folder.
 * @throws Error if npm cannot fetch it, or the archive is not the expected one.
 */
export async function fetchNpm(
  { name, version, integrity }: NpmPackage,
  work: string,
  target = join(work, "package"),
): Promise<string> {
  const args = ["pack", `${name}@${version}`, "--json", "--pack-destination", work];
  const { stdout } = await run("npm", args, { maxBuffer: 1 << 28 });
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  const archive = join(work, filename);
  const sha512 = createHash("sha512")
    .update(await readFile(archive))
    .digest("base64");
  if (`sha512-${sha512}` !== integrity) {
    throw new Error(
      `the archive of ${name} ${version} has the hash sha512-${sha512}, expected ${integrity}; check the registry`,
    );
  }
  await mkdir(target, { recursive: true });
  // The archive's own folder is "package" in most, and another name in some.
  await run("tar", ["-xzf", archive, "-C", target, "--strip-components=1"]);
  return target;
}
