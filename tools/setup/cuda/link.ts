/** Links a set-up's files into onnxruntime-node, the only place where ONNX Runtime and its provider look for them. */

import { readdir, readlink, rm, symlink } from "node:fs/promises";
import { join, relative } from "node:path";

/**
 * Replaces the links of earlier set-ups by links to every library in `folder`.
 *
 * @param runtime Folder of ONNX Runtime's own library, which is left alone.
 */
export async function linkLibraries(folder: string, runtime: string): Promise<void> {
  for (const name of await readdir(runtime)) {
    // Only what a set-up has made is a link.
    const target = await readlink(join(runtime, name)).catch(() => undefined);
    if (target !== undefined) await rm(join(runtime, name));
  }
  const names = (await readdir(folder)).filter((name) => /\.so(\.|$)/.test(name));
  await linkFound(
    new Map(names.map((name) => [name, relative(runtime, join(folder, name))])),
    runtime,
  );
}

/** @param found What the links lead to, by their names. */
export async function linkFound(
  found: ReadonlyMap<string, string>,
  runtime: string,
): Promise<void> {
  for (const [name, target] of found) {
    await rm(join(runtime, name), { force: true });
    await symlink(target, join(runtime, name));
  }
}
