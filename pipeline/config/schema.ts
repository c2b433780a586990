/** Every option of the pipeline: type, range, default and help text. Flags and config files are both derived from it. */

import { z } from "zod";

/** TensorFlow.js backends; `auto` is the first of the others that works. */
export const BACKENDS = ["auto", "tensorflow-gpu", "tensorflow", "webgpu", "wasm", "cpu"] as const;
export type Backend = (typeof BACKENDS)[number];

/** Pixel ranges that a backbone may expect: [0, 1], [-1, 1] or [0, 255]. */
export const BACKBONE_SCALES = ["zero-one", "minus-one-one", "bytes"] as const;

/** How the learning rate falls after the warm-up. */
export const SCHEDULES = ["cosine", "constant", "step"] as const;
export type Schedule = (typeof SCHEDULES)[number];

/** XNNPACK's thread pool in tfjs uses at most this many threads. */
export const MAX_WASM_THREADS = 4;

const positive = z.int().positive();
/** An empty path would mean the current folder, which is never intended. */
const path = z.string().min(1, "must not be empty");
const share = z.number().min(0).max(1);
/** A share below 1: something has to remain. */
const shareBelowOne = z.number().min(0).lt(1);

/** One tower's training options. */
const training = (defaults: {
  epochs: number;
  batchSize: number;
  learningRate: number;
  weightDecay: number;
}) => ({
  epochs: positive
    .default(defaults.epochs)
    .describe("maximum number of passes over the training movies"),
  batchSize: positive.default(defaults.batchSize).describe("movies per training step"),
  learningRate: z
    .number()
    .positive()
    .default(defaults.learningRate)
    .describe("peak learning rate, reached after the warm-up"),
  weightDecay: z
    .number()
    .min(0)
    .default(defaults.weightDecay)
    .describe("weight decay: decoupled with AdamW, L2 regularisation with the other optimisers"),
});

const RECURRENT: ReadonlySet<string> = new Set(["rnn", "lstm", "gru"]);

const titleFields = z.strictObject({
  maxWords: positive.default(12).describe("words kept per title"),
  piecesPerWord: positive.default(24).describe("token ids per word: the word and its n-grams"),
  minTitles: positive.default(2).describe("titles a word must occur in to get its own id"),
  ngramMin: positive.default(3).describe("shortest character n-gram, including word boundaries"),
  ngramMax: positive.default(5).describe("longest character n-gram"),
  buckets: z.int().min(0).default(8192).describe("hash buckets for n-grams; 0: no n-grams"),
  dimensions: positive.default(64).describe("size of a token vector"),
  encoder: z
    .enum(["linear", "bag", "rnn", "lstm", "gru"])
    .default("linear")
    .describe(
      "linear: logistic regression on TF-IDF; bag: mean of learned vectors; rnn, lstm, gru: a recurrent network over them",
    ),
  inverseRegularisation: z
    .number()
    .positive()
    .default(1)
    .describe("linear encoder: C of the logistic regression, which is fitted without epochs"),
  bidirectional: z.boolean().default(false).describe("read the title in both directions"),
  attention: z
    .enum(["none", "bahdanau", "luong-dot", "luong-general", "luong-concat"])
    .default("none")
    .describe("attention over the words"),
  units: positive
    .default(64)
    .describe("size of the encoder's state and of the attention's hidden layer"),
  embeddings: path
    .optional()
    .describe("file of word vectors in word2vec or GloVe text format; they stay frozen"),
  embeddingsDimensions: z
    .int()
    .min(0)
    .default(6)
    .describe(
      "dimensions kept per word vector, the ones most informative about labels; 0: keep the vector unchanged",
    ),
  embeddingsWords: z
    .int()
    .min(0)
    .default(5000)
    .describe(
      "words kept besides those in training titles: the most informative about labels, or else the file's first",
    ),
  tokenDropout: shareBelowOne.default(0.3).describe("share of the tokens dropped in training"),
  dropout: shareBelowOne
    .default(0.3)
    .describe("share of the title's features set to zero in training"),
  ...training({ epochs: 40, batchSize: 64, learningRate: 2e-3, weightDecay: 0.1 }),
});

const title = titleFields
  .refine(({ ngramMin, ngramMax }) => ngramMin <= ngramMax, {
    path: ["ngramMin"],
    error: ({ input }) => {
      const { ngramMin, ngramMax } = input as z.infer<typeof titleFields>;
      return `must be at most title.ngramMax, got ${ngramMin} and ${ngramMax}`;
    },
  })
  .refine(({ encoder, attention }) => encoder !== "linear" || attention === "none", {
    path: ["attention"],
    error: "needs an encoder that learns vectors; choose a title.encoder other than linear",
  })
  .refine(({ encoder, bidirectional }) => !bidirectional || RECURRENT.has(encoder), {
    path: ["bidirectional"],
    error: "needs a recurrent encoder; set title.encoder to rnn, lstm or gru",
  });

const poster = z.strictObject({
  height: positive.default(96).describe("height of the model's input, in pixels"),
  width: positive.default(64).describe("width of the model's input, in pixels"),
  channels: z.array(positive).min(1).default([24, 48, 96, 128]).describe("filters per block"),
  pooling: z
    .enum(["max", "average"])
    .default("max")
    .describe("2 x 2 pooling after each block (without a backbone)"),
  normalisation: z
    .boolean()
    .default(true)
    .describe("batch normalisation in the blocks after the first"),
  dropout: shareBelowOne
    .default(0.5)
    .describe("share of the poster's features set to zero in training"),
  flip: z.boolean().default(true).describe("mirror posters at random in training"),
  shift: z.boolean().default(true).describe("shift posters at random in training"),
  recolour: z
    .boolean()
    .default(true)
    .describe("change the posters' brightness and colours at random in training"),
  backbone: path
    .optional()
    .describe(
      "pretrained TensorFlow.js LayersModel (path or URL of its model.json) to use instead of `channels`",
    ),
  backboneLayers: z
    .array(z.string().min(1))
    .default([])
    .describe("backbone layers whose outputs become features (default: the last layer)"),
  backboneScale: z
    .enum(BACKBONE_SCALES)
    .default("zero-one")
    .describe("pixel range that the backbone was trained on"),
  fineTune: z.boolean().default(false).describe("train the backbone's weights as well"),
  units: z
    .int()
    .min(0)
    .default(0)
    .describe("size of a hidden layer before the poster's logits; 0: none"),
  inputDropout: shareBelowOne
    .default(0.3)
    .describe("share of that hidden layer's inputs set to zero in training"),
  ...training({ epochs: 16, batchSize: 32, learningRate: 3e-3, weightDecay: 0.05 }),
});

const ratings = z.strictObject({
  dimensions: positive.default(128).describe("size of a user vector"),
  units: positive.default(256).describe("size of the hidden layer"),
  inputDropout: shareBelowOne
    .default(0.1)
    .describe("share of the pooled vector set to zero in training"),
  dropout: shareBelowOne.default(0.4).describe("share of the hidden layer set to zero in training"),
  partial: share
    .default(0.3)
    .describe("share of the movies trained on a random subset of their ratings"),
  anonymous: share
    .default(0.1)
    .describe("share of the movies trained on their users' demographics only"),
  maxRatings: positive.default(100_000).describe("maximum number of ratings accepted per movie"),
  ...training({ epochs: 40, batchSize: 64, learningRate: 2e-3, weightDecay: 0.1 }),
});

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
  loss: z
    .enum(["bce", "weighted-bce", "asymmetric"])
    .default("bce")
    .describe(
      "bce: binary cross-entropy; weighted-bce: with rare labels weighted up; or asymmetric",
    ),
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
  patience: positive
    .default(10)
    .describe("stop after this many epochs without a better validation mAP@5"),
  validation: shareBelowOne
    .default(0.1)
    .describe("share of the train split held out for validation"),
});

/** The options by themselves, without the rules on several of them: programs with fewer options pick theirs here. */
export const configFields = z.strictObject({
  data: path
    .optional()
    .describe("folder of a data set in the course layout (default: the embedded sample)"),
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
    .describe("folder for decoded posters, the sample and checkpoints of unfinished runs"),
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
    .describe("fail on malformed lines and posters instead of skipping them"),
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
    .describe("folds trained in parallel (default: one per processor)"),
  publish: z
    .enum(["refit", "folds"])
    .default("refit")
    .describe(
      "with folds: publish a model trained on the whole train split, or the average of the folds' models",
    ),
  comparisons: z
    .array(path)
    .default([])
    .describe("results.json files of sweeps whose trials the report shows"),
  backend: z
    .enum(BACKENDS)
    .default("auto")
    .describe("TensorFlow.js backend; auto: the fastest that works on this machine"),
  threads: positive
    .max(MAX_WASM_THREADS)
    .optional()
    .describe(
      `threads of the wasm backend, 1 to ${MAX_WASM_THREADS}; results do not depend on it (default: one per processor)`,
    ),
  title: title.prefault({}),
  poster: poster.prefault({}),
  ratings: ratings.prefault({}),
  train: train.prefault({}),
});

export const configSchema = configFields
  .refine(({ publish, folds }) => publish === "refit" || folds > 0, {
    path: ["publish"],
    error: '"folds" needs a cross-validation; set --folds',
  })
  .refine(({ overwrite, out }) => !overwrite || out !== undefined, {
    path: ["overwrite"],
    error: "needs --out: without it, the bundle gets a name that is free",
  })
  .refine(({ train: { validation }, folds }) => validation > 0 || folds > 0, {
    path: ["train", "validation"],
    error:
      "must be above 0 without folds: gates and thresholds are learned from held-out movies; set a share, or --folds",
  });

export type Config = z.infer<typeof configSchema>;
