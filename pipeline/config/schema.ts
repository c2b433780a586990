/** Every option of the pipeline: its type, range, default and what it does. Flags and config files both come from here. */

import { z } from "zod";

export const BACKENDS = ["wasm", "cpu"] as const;
export type Backend = (typeof BACKENDS)[number];

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
    .describe("peak of the schedule: warm-up, then half a cosine"),
  weightDecay: z
    .number()
    .min(0)
    .default(defaults.weightDecay)
    .describe("decoupled weight decay (AdamW)"),
});

const titleFields = z.strictObject({
  maxWords: positive.default(12).describe("words kept per title"),
  piecesPerWord: positive.default(24).describe("token ids per word: the word and its n-grams"),
  minTitles: positive.default(2).describe("titles a word must occur in to get an id of its own"),
  ngramMin: positive.default(3).describe("shortest character n-gram, word boundaries counted"),
  ngramMax: positive.default(5).describe("longest character n-gram"),
  buckets: z.int().min(0).default(8192).describe("hash buckets for n-grams; 0 leaves n-grams out"),
  dimensions: positive.default(64).describe("size of a token's vector"),
  tokenDropout: partly.default(0.3).describe("share of the tokens left out in training"),
  dropout: partly.default(0.3).describe("share of the title's features set to zero in training"),
  ...training({ epochs: 40, batchSize: 64, learningRate: 2e-3, weightDecay: 0.1 }),
});

const title = titleFields.refine(({ ngramMin, ngramMax }) => ngramMin <= ngramMax, {
  path: ["ngramMin"],
  error: ({ input }) => {
    const { ngramMin, ngramMax } = input as z.infer<typeof titleFields>;
    return `must not be more than title.ngramMax; they are ${ngramMin} and ${ngramMax}`;
  },
});

const poster = z.strictObject({
  height: positive.default(96).describe("pixels the model sees"),
  width: positive.default(64).describe("pixels the model sees"),
  channels: z.array(positive).min(1).default([24, 48, 96, 128]).describe("filters of each block"),
  dropout: partly.default(0.5).describe("share of the poster's features set to zero in training"),
  augment: z.boolean().default(true).describe("mirror, shift and recolour posters in training"),
  ...training({ epochs: 16, batchSize: 32, learningRate: 3e-3, weightDecay: 0.05 }),
});

const ratings = z.strictObject({
  dimensions: positive.default(128).describe("size of a rater's vector"),
  units: positive.default(256).describe("size of the hidden layer"),
  inputDropout: partly.default(0.1).describe("share of the pooled vector set to zero in training"),
  dropout: partly.default(0.4).describe("share of the hidden layer set to zero in training"),
  partial: share
    .default(0.3)
    .describe("share of the examples that show a random part of their ratings in training"),
  anonymous: share
    .default(0.1)
    .describe("share of the examples whose raters show only their demographics in training"),
  maxRatings: positive.default(100_000).describe("most ratings accepted for one movie"),
  ...training({ epochs: 40, batchSize: 64, learningRate: 2e-3, weightDecay: 0.1 }),
});

const train = z.strictObject({
  warmup: share.default(0.1).describe("share of the steps with a rising learning rate"),
  averaging: partly
    .default(0.99)
    .describe("decay of the running average of the weights; 0 switches it off"),
  patience: positive
    .default(10)
    .describe("epochs without a better validation mAP@5 before stopping"),
  validation: partly.default(0.1).describe("share of the train split held out for validation"),
});

export const configSchema = z.strictObject({
  data: path
    .optional()
    .describe("folder of the data set in the course layout; left out: the embedded sample"),
  out: path.optional().describe("bundle to publish (default: models/<name of the data set>)"),
  cache: path.default(".cache").describe("folder for decoded posters and the sample"),
  strict: z
    .boolean()
    .default(false)
    .describe("refuse malformed lines and posters instead of skipping them"),
  seed: z.int().default(42).describe("seed of every random choice"),
  backend: z.enum(BACKENDS).default("wasm").describe("what TensorFlow.js computes on"),
  title: title.prefault({}),
  poster: poster.prefault({}),
  ratings: ratings.prefault({}),
  train: train.prefault({}),
});

export type Config = z.infer<typeof configSchema>;
