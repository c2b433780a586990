/** The inside of a thread that reads bodies. */

import { deserialize } from "node:v8";
import { move, transferableSymbol, valueSymbol, workerData } from "piscina";
import type { Manifest } from "../../../predictor/manifest.ts";
import { lowerThreadPriority } from "../../engine/priority.ts";
import { toHttpError } from "../toHttpError.ts";
import type { Reading, ReadingSetup } from "./bodyThreads.ts";

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
      return moved({ result } satisfies Reading<Result>, views);
    } catch (error) {
      const { code, message, issues } = toHttpError(error);
      // A bug: its stack goes to the server's log.
      if (code === "internal") throw error;
      return { code, detail: message, issues } satisfies Reading<Result>;
    }
  };
}

/** The value, whose views' buffers are transferred where nothing else is in them, as in those of Node's pool. */
function moved(value: unknown, views: readonly ArrayBufferView[]): unknown {
  const own = views.filter((view) => view.byteLength === view.buffer.byteLength);
  const buffers = [...new Set(own.map(({ buffer }) => buffer))];
  return move({ [transferableSymbol]: buffers, [valueSymbol]: value } as never);
}
