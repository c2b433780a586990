/** What runs jobs: processes of this machine, or workers behind a queue. Whoever needs a training asks one of these. */

import type { Console } from "../common/console.ts";
import type { EpochRecord } from "../train/records.ts";
import { type FoldJob, type Job, nameOf, type OutputOf } from "./job.ts";

/** What a training says while it works; plain data. */
export type TrainingEvent =
  | { readonly epoch: EpochRecord }
  /** What an interrupted training had done. */
  | { readonly resumed: string }
  | { readonly warning: string }
  | { readonly done: true };

/** @param job The fold that says it: a trial's own folds, too. */
export type OnEvent = (event: TrainingEvent, job: FoldJob) => void;

export interface JobRunner {
  /** Trials that a sweep should give it at once. */
  readonly trialsAtOnce: number;
  /**
   * Runs a job, or takes the output of an equal one.
   *
   * @throws Error naming the fold that failed; the other folds of its trial are stopped.
   */
  run<J extends Job>(job: J, onEvent: OnEvent): Promise<OutputOf<J>>;
  /** Stops what is running here; jobs on other machines go on. */
  close(): Promise<void>;
}

/** Only every tenth epoch is logged: several folds at once would print too much. */
const LOGGED_EPOCHS = 10;

/** Prints what folds say, each line with the fold's name. */
export function printEvents(out: Pick<Console, "line" | "warn">): OnEvent {
  return (event, job) => {
    const name = nameOf(job);
    if ("warning" in event) return out.warn(`${name}: ${event.warning}`);
    if ("resumed" in event) return out.line(`  ${name}  resuming: ${event.resumed}`);
    if ("done" in event) return out.line(`  ${name}  done`);
    const { tower, epoch, loss, seconds } = event.epoch;
    if (epoch % LOGGED_EPOCHS !== 0) return;
    out.line(
      `  ${name}  ${tower} epoch ${epoch}  loss ${loss.toFixed(4)}  ${seconds.toFixed(1)} s`,
    );
  };
}
