/** Brings CUDA's libraries into the folder of a set-up: links to those of this machine, and those of PyPI on request. */

import { mkdir, rename, symlink } from "node:fs/promises";
import { join } from "node:path";
import { findLibraries, foldersOfWheels, type wheelsOf } from "./nvidia.ts";
import { unpackWheels } from "./wheels.ts";

interface LibrariesOptions {
  readonly wheels: ReturnType<typeof wheelsOf>;
  /** Whether to fetch what is missing. */
  readonly fetch: boolean;
  readonly python: string;
  readonly out: string;
  readonly work: string;
}

/**
 * @returns Where they come from, in words.
 * @throws Error with what is missing and what to do.
 */
export async function bringLibraries({
  wheels,
  fetch,
  python,
  out,
  work,
}: LibrariesOptions): Promise<string> {
  const { found, missing } = await findLibraries(wheels, python);
  if (missing.length > 0 && !fetch) {
    const names = missing.map(({ name, version }) => `${name}==${version}`);
    throw new Error(
      `CUDA's libraries are not all here; what is missing is in\n  ${names.join(" ")}\nInstall them with pip, or CUDA and cuDNN 9 on the system, or give --fetch-libraries.\nNothing was changed.`,
    );
  }
  await mkdir(out, { recursive: true });
  for (const [name, path] of found) await symlink(path, join(out, name));
  if (missing.length === 0) return `${found.size} found on this machine`;
  await unpackWheels(missing, python, join(work, "libraries"));
  const folders = await foldersOfWheels(join(work, "libraries/files"));
  const fetched = await findLibraries(wheels, python, folders);
  for (const [name, path] of fetched.found) {
    // A second name of the same file has been moved before.
    if (found.has(name)) continue;
    const target = [...fetched.found].find(([, other]) => other === path)![0];
    if (target === name) await rename(path, join(out, name));
    else await symlink(target, join(out, name));
  }
  return `${found.size} found on this machine, ${missing.length} packages from PyPI`;
}
