/** Waits for a server in a process of its own. */

import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";

/** @returns Where it listens, as its log says. */
export function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout! }).on("line", (line) => {
      // npm and native libraries print lines of their own.
      if (!line.startsWith("{")) return;
      const { msg, url } = JSON.parse(line) as { msg: string; url: string };
      if (msg === "listening") resolve(url);
    });
    child.on("exit", (code) => reject(new Error(`it ended with ${code} before it listened`)));
  });
}
