/** Options of an input, by its type: type, range, default and help text. */

import { z } from "zod";
import { path, positive, share, shareBelowOne } from "./fields.ts";

/** Pixel ranges that a backbone may expect: [0, 1], [-1, 1] or [0, 255]. */
export const BACKBONE_SCALES = ["zero-one", "minus-one-one", "bytes"] as const;

/** How a text is read, see `TextSpec`. */
export type TextForm = "title" | "plain";

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

/**
 * Defaults of a text's options that depend on its form: titles are short, and n-grams help where words are rare. C of a
 * plain text was chosen among 1, 5, 20 and 60 on the validation part of Reuters-21578's train split.
 */
const TEXT_DEFAULTS = {
  title: { maxWords: 12, piecesPerWord: 24, buckets: 8192, c: 1 },
  plain: { maxWords: 300, piecesPerWord: 1, buckets: 0, c: 20 },
} as const;

const textFields = (defaults: (typeof TEXT_DEFAULTS)[TextForm]) =>
  z.strictObject({
    maxWords: positive.default(defaults.maxWords).describe("words kept per text"),
    piecesPerWord: positive
      .default(defaults.piecesPerWord)
      .describe("token ids per word: the word and its n-grams"),
    minTitles: positive.default(2).describe("texts a word must occur in to get its own id"),
    ngramMin: positive.default(3).describe("shortest character n-gram, including word boundaries"),
    ngramMax: positive.default(5).describe("longest character n-gram"),
    buckets: z
      .int()
      .min(0)
      .default(defaults.buckets)
      .describe("hash buckets for n-grams; 0: no n-grams"),
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
      .default(defaults.c)
      .describe("linear encoder: C of the logistic regression, which is fitted without epochs"),
    bidirectional: z.boolean().default(false).describe("read the text in both directions"),
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
        "words kept besides those in training texts: the most informative about labels, or else the file's first",
      ),
    tokenDropout: shareBelowOne.default(0.3).describe("share of the tokens dropped in training"),
    dropout: shareBelowOne
      .default(0.3)
      .describe("share of the text's features set to zero in training"),
    ...training({ epochs: 40, batchSize: 64, learningRate: 2e-3, weightDecay: 0.1 }),
  });

/** @param name Of the input, for errors. */
export const textSection = (name: string, form: TextForm) =>
  textFields(TEXT_DEFAULTS[form])
    .refine(({ ngramMin, ngramMax }) => ngramMin <= ngramMax, {
      path: ["ngramMin"],
      error: ({ input }) => {
        const { ngramMin, ngramMax } = input as z.infer<ReturnType<typeof textFields>>;
        return `must be at most ${name}.ngramMax, got ${ngramMin} and ${ngramMax}`;
      },
    })
    .refine(({ encoder, attention }) => encoder !== "linear" || attention === "none", {
      path: ["attention"],
      error: `needs an encoder that learns vectors; choose a ${name}.encoder other than linear`,
    })
    .refine(({ encoder, bidirectional }) => !bidirectional || RECURRENT.has(encoder), {
      path: ["bidirectional"],
      error: `needs a recurrent encoder; set ${name}.encoder to rnn, lstm or gru`,
    });

export const imageSection = z.strictObject({
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
    .describe("share of the image's features set to zero in training"),
  flip: z.boolean().default(true).describe("mirror images at random in training"),
  shift: z.boolean().default(true).describe("shift images at random in training"),
  recolour: z
    .boolean()
    .default(true)
    .describe("change the images' brightness and colours at random in training"),
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
    .describe("size of a hidden layer before the image's logits; 0: none"),
  inputDropout: shareBelowOne
    .default(0.3)
    .describe("share of that hidden layer's inputs set to zero in training"),
  ...training({ epochs: 16, batchSize: 32, learningRate: 3e-3, weightDecay: 0.05 }),
});

export const ratingsSection = z.strictObject({
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
