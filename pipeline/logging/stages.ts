/** Copies the stages that a run announces on its console to its training log. */

import type { Console } from "../common/console.ts";
import type { TrainingLog } from "./trainingLog.ts";

export interface StageLog {
  /** Forwards everything to the given console, and records stages. */
  readonly console: Console;
  /** Writes the stages so far to the log, and every later one when it is announced. */
  attach(log: TrainingLog): void;
}

export function createStageLog(out: Console): StageLog {
  const waiting: { readonly name: string; readonly time: Date }[] = [];
  let log: TrainingLog | undefined;
  return {
    console: {
      ...out,
      stage(name) {
        out.stage(name);
        if (log) log.stage(name);
        else waiting.push({ name, time: new Date() });
      },
    },
    attach(attached) {
      for (const { name, time } of waiting) attached.stage(name, time);
      log = attached;
    },
  };
}
