/** Kinds of values that several options have, and options that every tower has. */

import * as z from "zod";

export const positive = z.int().positive();
/** Size of a layer or a vector. Larger ones are typing errors that would fill the memory. */
export const size = positive.max(4096);
/** Side of an image, in pixels. */
export const side = positive.max(2048);
/** An empty path would mean the current folder, which is never intended. */
export const path = z.string().min(1, "must not be empty");
/** Bits of a table's numbers, on a grid per row; see `snapRows`. */
export const gridBits = z.int().min(4).max(8).default(8);
export const share = z.number().min(0).max(1);
/** A share below 1: something has to remain. */
export const shareBelowOne = z.number().min(0).lt(1);

/** One tower's training options. */
export const training = (defaults: {
  epochs: number;
  batchSize: number;
  learningRate: number;
  weightDecay: number;
}) => ({
  epochs: positive
    .max(100_000)
    .default(defaults.epochs)
    .describe("maximum number of passes over the training items"),
  batchSize: positive.max(65_536).default(defaults.batchSize).describe("items per training step"),
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

/** What becomes of an ONNX backbone's output that has a vector for each place. */
export const POOLINGS = ["mean", "max", "mean-max", "first"] as const;
export type Pooling = (typeof POOLINGS)[number];

export const backboneLayers = z.array(z.string().min(1));
export const backbonePooling = z
  .enum(POOLINGS)
  .optional()
  .describe(
    "how an ONNX backbone's outputs with a vector per place or token are pooled: mean, maximum, both, or the first (default: mean-max of images' feature maps, mean of tokens)",
  );

/** Encoders that read in order, one state after another. */
export const RECURRENT: ReadonlySet<string> = new Set(["rnn", "lstm", "gru"]);

/** @param parts What the attention is over, in the plural. */
export const attention = (parts: string) =>
  z
    .enum(["none", "bahdanau", "luong-dot", "luong-general", "luong-concat"])
    .default("none")
    .describe(`attention over the ${parts}`);
