/** Every option of the pipeline: its type, range, default and what it does. Flags and config files both come from here. */

import { z } from "zod";

/** What TensorFlow.js can compute on; `auto` is the first of the others that works. */
export const BACKENDS = ["auto", "tensorflow-gpu", "tensorflow", "webgpu", "wasm", "cpu"] as const;
export type Backend = (typeof BACKENDS)[number];

export const BACKBONE_SCALES = ["zero-one", "minus-one-one", "bytes"] as const;

const positive = z.int().positive();
/** An empty path would be the current folder, which nobody means. */
const path = z.string().min(1, "must not be empty");
const share = z.number().min(0).max(1);
/** A share of which something has to be left. */
const partly = z.number().min(0).lt(1);

/** How long and how hard one tower is trained. */
const training = (defaults: {
  epochs: number;
  batchSize: number;
  learningRate: number;
  weightDecay: number;
}) => ({
  epochs: positive.default(defaults.epochs).describe("most passes over the training movies"),
  batchSize: positive.default(defaults.batchSize).describe("movies per training step"),
  learningRate: z
    .number()
    .positive()
    .default(defaults.learningRate)
    .describe("peak of the schedule, reached after the warm-up"),
  weightDecay: z
    .number()
    .min(0)
    .default(defaults.weightDecay)
    .describe("weight decay; beside the gradient with AdamW, part of it with the others"),
});

const RECURRENT: ReadonlySet<string> = new Set(["rnn", "lstm", "gru"]);

const titleFields = z.strictObject({
  maxWords: positive.default(12).describe("words kept per title"),
  piecesPerWord: positive.default(24).describe("token ids per word: the word and its n-grams"),
  minTitles: positive.default(2).describe("titles a word must occur in to get an id of its own"),
  ngramMin: positive.default(3).describe("shortest character n-gram, word boundaries counted"),
  ngramMax: positive.default(5).describe("longest character n-gram"),
  buckets: z.int().min(0).default(8192).describe("hash buckets for n-grams; 0 leaves n-grams out"),
  dimensions: positive.default(64).describe("size of a token's vector"),
  encoder: z
    .enum(["linear", "bag", "rnn", "lstm", "gru"])
    .default("linear")
    .describe(
      "logistic regression on TF-IDF, or learned vectors: their mean, or a recurrent network that reads them in order",
    ),
  inverseRegularisation: z
    .number()
    .positive()
    .default(1)
    .describe("linear encoder: C of the logistic regression; the options of epochs are not for it"),
  bidirectional: z.boolean().default(false).describe("read the title in both directions"),
  attention: z
    .enum(["none", "bahdanau", "luong-dot", "luong-general", "luong-concat"])
    .default("none")
    .describe("attention over the words"),
  units: positive
    .default(64)
    .describe("size of the encoder's state and of attention's hidden layer"),
  embeddings: path
    .optional()
    .describe("word vectors in the text format of word2vec or GloVe, not trained any further"),
  embeddingsDimensions: z
    .int()
    .min(0)
    .default(6)
    .describe(
      "numbers kept of a word vector, those that say most of the labels; 0: the vector as it is",
    ),
  embeddingsWords: z
    .int()
    .min(0)
    .default(5000)
    .describe(
      "words kept besides those of the training titles: those that say most of the labels, or else the file's first",
    ),
  tokenDropout: partly.default(0.3).describe("share of the tokens left out in training"),
  dropout: partly.default(0.3).describe("share of the title's features set to zero in training"),
  ...training({ epochs: 40, batchSize: 64, learningRate: 2e-3, weightDecay: 0.1 }),
});

const title = titleFields
  .refine(({ ngramMin, ngramMax }) => ngramMin <= ngramMax, {
    path: ["ngramMin"],
    error: ({ input }) => {
      const { ngramMin, ngramMax } = input as z.infer<typeof titleFields>;
      return `must not be more than title.ngramMax; they are ${ngramMin} and ${ngramMax}`;
    },
  })
  .refine(({ encoder, attention }) => encoder !== "linear" || attention === "none", {
    path: ["attention"],
    error: "is for encoders that learn vectors; choose a title.encoder other than linear",
  })
  .refine(({ encoder, bidirectional }) => !bidirectional || RECURRENT.has(encoder), {
    path: ["bidirectional"],
    error: "is for encoders that read in order; set title.encoder to rnn, lstm or gru",
  });

const poster = z.strictObject({
  height: positive.default(96).describe("pixels the model sees"),
  width: positive.default(64).describe("pixels the model sees"),
  channels: z.array(positive).min(1).default([24, 48, 96, 128]).describe("filters of each block"),
  pooling: z
    .enum(["max", "average"])
    .default("max")
    .describe("2 x 2 pooling after each block of our own network"),
  normalisation: z
    .boolean()
    .default(true)
    .describe("batch normalisation in the blocks after the first"),
  dropout: partly.default(0.5).describe("share of the poster's features set to zero in training"),
  flip: z.boolean().default(true).describe("mirror posters in training"),
  shift: z.boolean().default(true).describe("shift posters in training"),
  recolour: z
    .boolean()
    .default(true)
    .describe("change posters' brightness and colours in training"),
  backbone: path
    .optional()
    .describe(
      "pretrained TensorFlow.js LayersModel, model.json by path or URL, instead of `channels`",
    ),
  backboneLayers: z
    .array(z.string().min(1))
    .default([])
    .describe("layers of the backbone whose features are taken (default: the last one)"),
  backboneScale: z
    .enum(BACKBONE_SCALES)
    .default("zero-one")
    .describe("values of a pixel that the backbone was trained on"),
  fineTune: z.boolean().default(false).describe("train the backbone's weights as well"),
  units: z
    .int()
    .min(0)
    .default(0)
    .describe("size of a hidden layer before the poster's logits; 0: none"),
  inputDropout: partly
    .default(0.3)
    .describe("share of the features before it set to zero in training"),
  ...training({ epochs: 16, batchSize: 32, learningRate: 3e-3, weightDecay: 0.05 }),
});

const ratings = z.strictObject({
  dimensions: positive.default(128).describe("size of a user's vector"),
  units: positive.default(256).describe("size of the hidden layer"),
  inputDropout: partly.default(0.1).describe("share of the pooled vector set to zero in training"),
  dropout: partly.default(0.4).describe("share of the hidden layer set to zero in training"),
  partial: share
    .default(0.3)
    .describe("share of the movies that show a random part of their ratings in training"),
  anonymous: share
    .default(0.1)
    .describe("share of the movies whose users show only their demographics in training"),
  maxRatings: positive.default(100_000).describe("most ratings accepted for one movie"),
  ...training({ epochs: 40, batchSize: 64, learningRate: 2e-3, weightDecay: 0.1 }),
});

const train = z.strictObject({
  warmup: share.default(0.1).describe("share of the steps with a rising learning rate"),
  averaging: partly
    .default(0.99)
    .describe("decay of the running average of the weights; 0 switches it off"),
  schedule: z
    .enum(["cosine", "constant", "step"])
    .default("cosine")
    .describe("how the learning rate falls after the warm-up"),
  optimizer: z.enum(["adamw", "adam", "sgd", "rmsprop"]).default("adamw").describe("optimiser"),
  clipNorm: z
    .number()
    .min(0)
    .default(0)
    .describe("largest joint norm of a step's gradients; 0: no clipping"),
  loss: z
    .enum(["bce", "weighted-bce", "asymmetric"])
    .default("bce")
    .describe("binary cross-entropy, the same with rare genres weighted up, or asymmetric loss"),
  focusPositive: z
    .number()
    .min(0)
    .default(0)
    .describe("asymmetric loss: exponent of the focal factor of positives"),
  focusNegative: z.number().min(0).default(4).describe("asymmetric loss: that of negatives"),
  margin: partly
    .default(0.05)
    .describe("asymmetric loss: negatives of a lower probability count nothing"),
  labelSmoothing: partly.default(0).describe("share by which targets are drawn to 0.5"),
  patience: positive
    .default(10)
    .describe("epochs without a better validation mAP@5 before stopping"),
  validation: partly.default(0.1).describe("share of the train split held out for validation"),
});

const configFields = z.strictObject({
  data: path
    .optional()
    .describe("folder of the data set in the course layout; left out: the embedded sample"),
  out: path
    .optional()
    .describe(
      "bundle to publish (default: models/<name of the data set>, with a number where that is taken)",
    ),
  overwrite: z
    .boolean()
    .default(false)
    .describe("replace a bundle of another data set or configuration"),
  cache: path
    .default(".cache")
    .describe("folder for decoded posters, the sample and the checkpoints of unfinished runs"),
  resume: z
    .boolean()
    .default(false)
    .describe("go on where an interrupted run with the same options stopped"),
  logDir: path
    .default("runs")
    .describe(
      "folder of the logs, for TensorBoard and as history.jsonl; each run makes one within",
    ),
  log: z.boolean().default(true).describe("write logs while training"),
  strict: z
    .boolean()
    .default(false)
    .describe("refuse malformed lines and posters instead of skipping them"),
  seed: z.int().default(42).describe("seed of every random choice"),
  folds: z
    .int()
    .min(0)
    .refine((folds) => folds !== 1, { error: "must be 0 or at least 2" })
    .default(0)
    .describe(
      "folds of a cross-validation of the train split, before training on all of it; 0: hold a part out instead",
    ),
  foldWorkers: positive
    .optional()
    .describe("folds that are trained at a time (default: one per processor)"),
  publish: z
    .enum(["refit", "folds"])
    .default("refit")
    .describe(
      "with folds: the model trained again on the whole train split, or the average of the folds' models",
    ),
  comparisons: z
    .array(path)
    .default([])
    .describe("results.json of sweeps whose trials the report shows"),
  backend: z
    .enum(BACKENDS)
    .default("auto")
    .describe("what TensorFlow.js computes on; auto: the first that works here, fastest first"),
  threads: positive
    .max(4)
    .optional()
    .describe(
      "threads that wasm computes with, 1 to 4, for the same result (default: one per processor, at most 4)",
    ),
  title: title.prefault({}),
  poster: poster.prefault({}),
  ratings: ratings.prefault({}),
  train: train.prefault({}),
});

export const configSchema = configFields.refine(
  ({ publish, folds }) => publish === "refit" || folds > 0,
  { path: ["publish"], error: "folds takes the folds of a cross-validation; set --folds" },
);

export type Config = z.infer<typeof configSchema>;
