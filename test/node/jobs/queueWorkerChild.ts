/** A worker of a test's queue whose jobs take steps of a tenth of a second: `URL STORAGE NAME`. */

import { appendFileSync, existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { writeFileAtomic } from "../../../node/files.ts";
import { IncompatibleError } from "../../../node/jobs/incompatible.ts";
import { connectRedis } from "../../../node/jobs/queue/connect.ts";
import { PermanentError, startWorker, type Task } from "../../../node/jobs/queue/worker.ts";
import { openFolder } from "../../../node/storage/folder.ts";

/** What a test's jobs are. */
export interface StepJob {
  readonly steps: number;
  /** The only worker that they fit. */
  readonly only?: string;
  /** Until there is a file "mended" in the storage's folder. */
  readonly broken?: boolean;
  /** Fails if one that it waited for has failed. */
  readonly strict?: boolean;
}

/** Short, so that a test need not wait for long. */
const LOCK_MS = 1500;
const STEP_MS = 100;

const [url, root, machine] = process.argv.slice(2) as [string, string, string];
const storage = openFolder(root);
const say = (text: string) => void process.stdout.write(`${text}\n`);
const connection = await connectRedis({ url, onNotice: say });

async function work({ data, key, tell, log, children, signal }: Task): Promise<unknown> {
  const { steps, only, broken, strict } = data as StepJob;
  if (only !== undefined && only !== machine)
    throw new IncompatibleError(`only ${only} has its data`);
  if (broken && !existsSync(join(root, "mended"))) {
    log("about to break");
    throw new Error("broken as always");
  }
  const { outputs, failures } = await children();
  for (const reason of failures.values()) if (strict) throw new PermanentError(reason);
  const state = join(storage.scratch("states").folder, key);
  await mkdir(join(state, ".."), { recursive: true });
  const before = Number(await readFile(state, "utf8").catch(() => "0"));
  tell({ begins: before });
  for (let step = before; step < steps; step++) {
    await pause(STEP_MS);
    signal.throwIfAborted();
    await writeFileAtomic(state, String(step + 1));
    tell({ step: step + 1 });
  }
  const text = JSON.stringify({ key, children: outputs.size, failures: [...failures.values()] });
  const content = await storage.put(Buffer.from(text));
  appendFileSync(join(root, "finished.txt"), `${key} ${machine}\n`);
  return storage.name(`outputs/${key}`, content);
}

const { worker, stop } = startWorker({
  ...{ queue: "steps", connection, machine, slots: 1, lockMs: LOCK_MS },
  ...{ work, onNotice: say },
});
await worker.waitUntilReady();
process.once("SIGTERM", () => void stop().then(() => process.exit()));
say("ready");
