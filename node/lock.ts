/** One process at a time in a folder whose files two would spoil for each other. */

import { link, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isRunning, removeLeftovers, temporaryPath } from "./files.ts";

const LOCK = "lock";

/**
 * @param kind What the process does, for the error: "sweep".
 * @returns Call it when the work is done. A killed process leaves its lock, which the next one takes over.
 * @throws Error where a running process has the folder.
 */
export async function lockFolder(folder: string, kind: string): Promise<() => Promise<void>> {
  const path = join(folder, LOCK);
  await removeLeftovers(path);
  const draft = temporaryPath(path);
  await writeFile(draft, String(process.pid));
  try {
    for (;;) {
      try {
        // Unlike a new file, a new name of one has its content at once.
        await link(draft, path);
        return () => rm(path, { force: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
      const owner = Number(await readFile(path, "utf8").catch(() => Number.NaN));
      // In a container, a process often has the number of the one before it.
      if (owner > 0 && owner !== process.pid && isRunning(owner)) {
        throw new Error(
          `a ${kind} is at work in ${folder} (process ${owner}); wait for it, or use another --out. If that process is no ${kind}, delete ${path}`,
        );
      }
      await rm(path, { force: true });
    }
  } finally {
    await rm(draft, { force: true });
  }
}
