/** Tries a lock at the first line of its input, says "owner" or the error, and lets go at the second line. */

import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { lock } from "../../node/lock.ts";

const [path, journal] = process.argv.slice(2) as [string, string];
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

process.stdout.write("ready\n");
await lines.next();
try {
  const release = await lock(path, { kind: "test", what: path, advice: "try again" });
  // One write each: appends of one line do not mix.
  appendFileSync(journal, `enter ${process.pid}\n`);
  process.stdout.write("owner\n");
  await lines.next();
  appendFileSync(journal, `leave ${process.pid}\n`);
  await release();
} catch (error) {
  process.stdout.write(`${(error as Error).message}\n`);
}
process.exit();
