/** The stages that a run announces on its console, in its log as well. */

import type { Console } from "../common/console.ts";
import type { TrainingLog } from "./trainingLog.ts";

export interface StageLog {
  /** Says everything on the console given, and keeps what stages there were. */
  readonly console: Console;
  /** Writes the stages so far, and from now on each as it begins. */
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
