/** What runs jobs: processes of this machine, or workers behind a queue. Whoever needs a training asks one of these. */

import * as z from "zod";
import { printable } from "../../node/jobs/queue/queue.ts";
import type { Console, Table } from "../common/console.ts";
import { type Job, keyOf, nameOf, type OutputOf } from "./job.ts";
import type { PreparedFile } from "./prepared.ts";

/** What is said of a training while it goes on; from a queue, it is input. */
export const trainingEventSchema = z.union([
  z.object({
    epoch: z.object({
      tower: printable,
      /** From 1. */
      epoch: z.int(),
      /** At most. */
      epochs: z.int(),
      loss: z.number(),
      seconds: z.number(),
    }),
  }),
  /** What an interrupted training had done. */
  z.object({ resumed: printable }),
  z.object({ warning: printable }),
  /** Note of the queue: "given back by ...". */
  z.object({ note: printable }),
  z.object({ done: z.literal(true) }),
]);
export type TrainingEvent = z.infer<typeof trainingEventSchema>;

/**
 * @param job Of which it is said: a trial, or one of its folds.
 * @param machine Who says it; undefined: this one.
 */
export type OnEvent = (event: TrainingEvent, job: Job, machine?: string) => void;

export interface JobRunner {
  /** Trials that a sweep should give it at once. */
  readonly trialsAtOnce: number;
  /** Trainings that can go on at once. */
  capacity(): Promise<number>;
  /**
   * Runs a job, or takes the output of an equal one.
   *
   * @param prepared What this machine has prepared for it, for machines that lack it.
   * @throws Error naming the fold that failed; the other folds of its trial are stopped.
   */
  run<J extends Job>(
    job: J,
    onEvent: OnEvent,
    prepared?: readonly PreparedFile[],
  ): Promise<OutputOf<J>>;
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
    if ("note" in event) return out.line(`  ${name}  ${event.note}`);
    if ("done" in event) return out.line(`  ${name}  done`);
    const { tower, epoch, loss, seconds } = event.epoch;
    if (epoch % LOGGED_EPOCHS !== 0) return;
    out.line(
      `  ${name}  ${tower} epoch ${epoch}  loss ${loss.toFixed(4)}  ${seconds.toFixed(1)} s`,
    );
  };
}

/** Characters of a machine's name in the table. */
const MACHINE_WIDTH = 16;

/** Names of pods differ at their ends. */
function endOf(text: string, width: number): string {
  return text.length <= width ? text : `…${text.slice(1 - width)}`;
}

/**
 * Shows what is trained where, a row per job.
 *
 * @param label Goes before the name of the job.
 */
export function tabulateEvents(table: Table, label = ""): OnEvent {
  return (event, job, machine = "here") => {
    const id = keyOf(job);
    // Notes are about jobs that are given back, or begin again.
    if ("done" in event || "note" in event) return table.row(id, undefined);
    if (!("epoch" in event)) return;
    const { tower, epoch, epochs, loss, seconds } = event.epoch;
    const left = Math.ceil((epochs - epoch) * seconds);
    table.row(
      id,
      [
        `${label}${nameOf(job)}`.padEnd(18),
        endOf(machine, MACHINE_WIDTH).padEnd(MACHINE_WIDTH),
        `${tower} ${epoch}/${epochs}`.padEnd(16),
        `loss ${loss.toFixed(4)}`,
        // Time left for this tower: the number of epochs of the others is not known yet.
        `${left} s left`,
      ].join("  "),
    );
  };
}
