/**
 * Whole trainings as values: a fold, and a trial of a sweep, which is scored from its folds. A job says what its output
 * depends on and nothing else, no path, process or machine: equal jobs have equal outputs, bit for bit, wherever they run.
 */

import * as z from "zod";
import { sha256 } from "../../node/files.ts";
import { sha256Schema } from "../../node/storage/storage.ts";
import { FORMAT, type Identity } from "../checkpoint/identity.ts";
import { effective } from "../config/compare.ts";
import type { Config } from "../config/schema.ts";
import type { CrossValidation } from "../folds/summary.ts";
import type { FoldResult } from "../folds/trainFold.ts";

/** Folds of a job: more would only cost memory. */
const MAX_FOLDS = 1000;

const identitySchema = z.strictObject({
  format: z.int(),
  /** Options with an effect, the seed and the backend among them; a worker checks them against its data set's schema. */
  options: z
    .record(z.string(), z.unknown())
    // Jobs are counted out before that.
    .refine(({ folds }) => z.int().min(0).max(MAX_FOLDS).safeParse(folds).success, {
      path: ["folds"],
      error: `must be a whole number up to ${MAX_FOLDS}`,
    }),
  data: z.strictObject({
    tables: sha256Schema,
    posters: sha256Schema,
    files: z.record(z.string(), sha256Schema),
  }),
  versions: z.record(z.string(), z.string()),
});

const trialSchema = z.strictObject({ kind: z.literal("trial"), identity: identitySchema });
const foldSchema = z
  .strictObject({
    kind: z.literal("fold"),
    /** From 0. */
    fold: z.int().min(0),
    /**
     * Share of the other folds' items that it is trained on; the output then has the model's answers for these, too.
     * Undefined: trained on all, without those answers.
     */
    share: z.number().gt(0).max(1).optional(),
    identity: identitySchema,
  })
  .refine(({ fold, identity }) => fold < (identity.options.folds as number), {
    path: ["fold"],
    error: "must be less than the number of folds",
  });

const jobSchema = z.discriminatedUnion("kind", [foldSchema, trialSchema]);

/** What goes through a queue. A queue is input, too: this parses it before anything looks at it. */
export const payloadSchema = z.strictObject({
  job: jobSchema,
  /** Whether whoever waits wants the training log; no output depends on it. */
  log: z.boolean(),
});
export type Payload = z.infer<typeof payloadSchema>;

/** Trains one fold of a cross-validation. */
export type FoldJob = z.infer<typeof foldSchema>;
/** Scores a configuration by its folds. */
export type TrialJob = z.infer<typeof trialSchema>;
export type Job = z.infer<typeof jobSchema>;

/** What a job's work returns. */
export type OutputOf<J extends Job> = J extends FoldJob ? FoldResult : CrossValidation;

/** SHA-256 of everything that the output depends on: outputs are kept under it, and equal jobs are one. */
export function keyOf(job: Job): string {
  return sha256(JSON.stringify(job));
}

/**
 * @param data Hashes of what the trainings read.
 * @param versions Of Node and the packages that compute.
 */
export function trialOf(
  config: Config,
  data: Identity["data"],
  versions: Identity["versions"],
): TrialJob {
  const identity = { format: FORMAT, options: effective(config), data, versions };
  return { kind: "trial", identity };
}

/**
 * The folds that a trial is scored from, in order.
 *
 * @param share As of `FoldJob`.
 */
export function foldsOf({ identity }: TrialJob, share?: number): FoldJob[] {
  return Array.from({ length: foldCount(identity) }, (_, fold) => ({
    kind: "fold",
    fold,
    ...(share === undefined ? {} : { share }),
    identity,
  }));
}

/** "fold 2/5", "fold 2/5 on 25 %", "trial" */
export function nameOf(job: Job): string {
  if (job.kind === "trial") return job.kind;
  const { fold, share = 1, identity } = job;
  return `fold ${fold + 1}/${foldCount(identity)}${share < 1 ? ` on ${percent(share)}` : ""}`;
}

/** "12.5 %" */
function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`;
}

function foldCount({ options }: FoldJob["identity"]): number {
  return options.folds as number;
}

export function seedOf({ identity }: Job): number {
  return identity.options.seed as number;
}
