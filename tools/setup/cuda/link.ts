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
  for (const name of await readdir(folder)) {
    if (!/\.so(\.|$)/.test(name)) continue;
    const path = join(runtime, name);
    await rm(path, { force: true });
    await symlink(relative(runtime, join(folder, name)), path);
  }
}
