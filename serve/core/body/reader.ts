/** The inside of a thread that reads bodies. */

import { deserialize } from "node:v8";
import { move, transferableSymbol, valueSymbol, workerData } from "piscina";
import type { Manifest } from "../../../predictor/manifest.ts";
import { lowerThreadPriority } from "../../engine/priority.ts";
import { toHttpError } from "../toHttpError.ts";
import { movable, type Reading, type ReadingSetup } from "./reading.ts";

/** What a task makes, and which of its buffers are moved instead of copied. */
interface Made<Result> {
  readonly result: Result;
  readonly views: readonly ArrayBufferView[];
}

/**
 * Makes the function that a thread runs for each task.
 *
 * @param start Called once.
 */
export function reader<Task, Result, Own>(
  start: (manifest: Manifest, own: Own) => (task: Task) => Made<Result>,
): (task: Task) => unknown {
  lowerThreadPriority();
  const { manifest, own } = workerData as ReadingSetup<Own>;
  const read = start(deserialize(Uint8Array.from(new Uint8Array(manifest))) as Manifest, own);
  return (task) => {
    try {
      const { result, views } = read(task);
      const reading: Reading<Result> = { result };
      return move({ [transferableSymbol]: movable(views), [valueSymbol]: reading } as never);
    } catch (error) {
      const { code, message, issues } = toHttpError(error);
      // A bug: its stack goes to the server's log.
      if (code === "internal") throw error;
      return { code, detail: message, issues } satisfies Reading<Result>;
    }
  };
}
