/** Every option of the pipeline: type, range, default and help text. Flags and config files are both derived from it. */

import * as z from "zod";
import { queueUrl } from "../../node/jobs/queue/url.ts";
import { PRECISIONS } from "../../predictor/manifest.ts";
import { imageSection } from "../inputs/image/options.ts";
import { type OptionedInput, sectionsOf } from "../inputs/options.ts";
import { ratingsSection } from "../inputs/ratings/options.ts";
import { textSection } from "../inputs/text/options.ts";
import type { DeclaredTarget } from "../targets/targetRules.ts";
import { DEFAULT_TARGET, rulesOf } from "../targets/types.ts";
import { path, positive, share, shareBelowOne } from "./fields.ts";

/** TensorFlow.js backends; `auto` is the first of the others that works. */
export const BACKENDS = ["auto", "tensorflow-gpu", "tensorflow", "webgpu", "wasm", "cpu"] as const;
export type Backend = (typeof BACKENDS)[number];

/** How the learning rate falls after the warm-up. */
export const SCHEDULES = ["cosine", "constant", "step"] as const;
export type Schedule = (typeof SCHEDULES)[number];

/** XNNPACK's thread pool in tfjs uses at most this many threads. */
export const MAX_WASM_THREADS = 4;

type Target = Pick<DeclaredTarget, "type">;

function lossField(target: Target) {
  const { losses } = rulesOf(target);
  const names = Object.keys(losses);
  return z
    .enum(names)
    .default(names[0]!)
    .describe(names.map((name) => `${name}: ${losses[name]!.about}`).join("; "));
}

function patienceOf(target: Target): string {
  return `stop after this many epochs without a better validation ${rulesOf(target).metric.name}`;
}

const train = z.strictObject({
  warmup: share
    .default(0.1)
    .describe("share of the steps in which the learning rate rises to its peak"),
  averaging: shareBelowOne
    .default(0.99)
    .describe("decay of the running average of the weights; 0 switches it off"),
  schedule: z
    .enum(SCHEDULES)
    .default("cosine")
    .describe("how the learning rate falls after the warm-up"),
  optimizer: z.enum(["adamw", "adam", "sgd", "rmsprop"]).default("adamw").describe("optimiser"),
  clipNorm: z
    .number()
    .min(0)
    .default(0)
    .describe("maximum global norm of a step's gradients; 0: no clipping"),
  loss: lossField(DEFAULT_TARGET),
  focusPositive: z
    .number()
    .min(0)
    .default(0)
    .describe("asymmetric loss: focusing exponent for positives"),
  focusNegative: z
    .number()
    .min(0)
    .default(4)
    .describe("asymmetric loss: focusing exponent for negatives"),
  margin: shareBelowOne
    .default(0.05)
    .describe("asymmetric loss: negatives with a probability below this are ignored"),
  labelSmoothing: shareBelowOne
    .default(0)
    .describe("label smoothing: share by which targets move towards 0.5"),
  patience: positive.default(10).describe(patienceOf(DEFAULT_TARGET)),
  validation: shareBelowOne
    .default(0.1)
    .describe(
      "share of the train split held out for validation, where the data set declares no items for it",
    ),
});

/** Options of training, with the losses of a target. */
function trainFor(target: Target) {
  const { lossOptions } = rulesOf(target);
  const { focusPositive, focusNegative, margin, labelSmoothing, ...others } = train.shape;
  const ofLosses = { focusPositive, focusNegative, margin, labelSmoothing };
  const shape = Object.entries({
    ...others,
    ...Object.fromEntries(lossOptions.map((name) => [name, ofLosses[name]])),
    loss: lossField(target),
    patience: others.patience.describe(patienceOf(target)),
  });
  // In the order of the others' options.
  const order = Object.keys(train.shape);
  shape.sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
  return z.strictObject(Object.fromEntries(shape));
}

/** The options by themselves, without the rules on several of them: programs with fewer options pick theirs here. */
export const configFields = z.strictObject({
  data: path
    .optional()
    .describe(
      "dataset.json, or folder of a data set in a known layout (default: the embedded sample)",
    ),
  out: path
    .optional()
    .describe(
      "bundle folder to publish (default: models/<data set name>, numbered if that name is taken)",
    ),
  overwrite: z
    .boolean()
    .default(false)
    .describe("replace a bundle of another data set or configuration"),
  cache: path
    .default(".cache")
    .describe("folder for decoded images, the sample and checkpoints of unfinished runs"),
  resume: z
    .boolean()
    .default(false)
    .describe("resume an interrupted run that had the same options"),
  logDir: path
    .default("runs")
    .describe(
      "folder for training logs (TensorBoard events, history.jsonl); one subfolder per run",
    ),
  log: z.boolean().default(true).describe("write training logs"),
  strict: z
    .boolean()
    .default(false)
    .describe(
      "fail on malformed lines, and on files that they name and that are absent or malformed, instead of skipping them",
    ),
  seed: z.int().default(42).describe("seed of all random choices"),
  folds: z
    .int()
    .min(0)
    .refine((folds) => folds !== 1, { error: "must be 0 or at least 2" })
    .default(0)
    .describe(
      "cross-validation folds of the train split, before training on all of it; 0: hold out a part instead",
    ),
  foldWorkers: positive
    .optional()
    .describe("folds trained in parallel (default: one per CPU core)"),
  learningCurve: z
    .array(z.number().gt(0).lt(1))
    .default([])
    .describe(
      "with folds: also train each on these shares of its items, for the report's learning curve, such as 0.125,0.25,0.5",
    ),
  queue: queueUrl
    .optional()
    .describe(
      "Redis queue whose workers train the folds, redis://host:port (default: processes on this machine)",
    ),
  storage: path.optional().describe("folder that this machine and the queue's workers share"),
  publish: z
    .enum(["refit", "folds"])
    .default("refit")
    .describe(
      "with folds: publish a model trained on the whole train split, or the average of the folds' models",
    ),
  precisions: z
    .array(z.enum(PRECISIONS))
    .default([...PRECISIONS])
    .describe("graphs in the bundle; fp32 is always included"),
  weights: z
    .enum(["float32", "int8"])
    .default("float32")
    .describe(
      "kernels of trained layers with 1,024 numbers or more: float32: unchanged; int8: quantised to 8 bits per channel once a tower is trained, so that every graph of the bundle stores them as bytes",
    ),
  comparisons: z
    .array(path)
    .default([])
    .describe("results.json files of sweeps whose trials the report shows"),
  mistakes: z
    .int()
    .min(0)
    .max(100)
    .default(12)
    .describe(
      "number of items with the worst answers that the report names; 0 if names may not be published",
    ),
  backend: z
    .enum(BACKENDS)
    .default("auto")
    .describe("TensorFlow.js backend; auto: the fastest that works on this machine"),
  threads: positive
    .max(MAX_WASM_THREADS)
    .optional()
    .describe(
      `threads of the wasm backend, and of the runtime that checks and evaluates the graph, 1 to ${MAX_WASM_THREADS}; results do not depend on it (default: one per CPU core, at most ${MAX_WASM_THREADS} of the backend)`,
    ),
  title: textSection("title", { form: "title" }).prefault({}),
  poster: imageSection.prefault({}),
  ratings: ratingsSection.prefault({}),
  train: train.prefault({}),
});

export type Config = z.infer<typeof configFields>;

/** Options of the inputs of movies; those of other data sets take their place. */
const MOVIE_SECTIONS = { title: true, poster: true, ratings: true } as const;

/**
 * The options of a data set's pipeline: those of each input in a section of its name.
 *
 * @param inputs Declared inputs by name.
 * @param target What is predicted, which decides what losses there are.
 */
export function createConfigSchema(
  inputs: Readonly<Record<string, OptionedInput>>,
  target: Target = DEFAULT_TARGET,
) {
  const { train: _, ...others } = configFields.omit(MOVIE_SECTIONS).shape;
  const trainField = trainFor(target).prefault({});
  const fields = z.strictObject({ ...others, ...sectionsOf(inputs), train: trainField });
  return withRules(fields as unknown as typeof configFields);
}

/** Rules on several options. */
const withRules = (fields: typeof configFields) =>
  fields
    .refine(({ publish, folds }) => publish === "refit" || folds > 0, {
      path: ["publish"],
      error: '"folds" needs a cross-validation; set --folds',
    })
    .refine(({ learningCurve, folds }) => learningCurve.length === 0 || folds > 0, {
      path: ["learningCurve"],
      error: "needs --folds: the folds are what is trained on shares of the items",
    })
    .refine(({ learningCurve, publish }) => learningCurve.length === 0 || publish === "refit", {
      path: ["learningCurve"],
      error: "needs --publish refit: models that are averaged share what is fitted to all folds",
    })
    .refine(({ queue, folds }) => queue === undefined || folds > 0, {
      path: ["queue"],
      error: "needs --folds: workers train folds",
    })
    .refine(({ queue, storage }) => (queue === undefined) === (storage === undefined), {
      path: ["storage"],
      error: "needs --queue: workers keep their outputs there",
    })
    .refine(({ overwrite, out }) => !overwrite || out !== undefined, {
      path: ["overwrite"],
      error: "needs --out: without it, the bundle gets a new name",
    })
    .refine(({ train: { validation }, folds }) => validation > 0 || folds > 0, {
      path: ["train", "validation"],
      error:
        "must be above 0 without folds: gates and thresholds are learned from held-out items; set a share, or --folds",
    });

/** Options for movies. */
export const configSchema = withRules(configFields);
