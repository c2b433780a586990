/** Options of a sequence: type, range, default and help text. */

import * as z from "zod";
import {
  attention,
  positive,
  RECURRENT,
  shareBelowOne,
  size,
  training,
} from "../../config/fields.ts";

const fields = z.strictObject({
  maxSteps: positive.default(256).describe("steps kept per item; those after them are cut off"),
  encoder: z
    .enum(["mean", "cnn", "rnn", "lstm", "gru"])
    .default("lstm")
    .describe(
      "mean: mean of the steps; cnn: convolution over time; rnn, lstm, gru: a recurrent network over them",
    ),
  kernelSize: positive.default(3).describe("cnn: steps that a filter sees"),
  bidirectional: z.boolean().default(false).describe("read the steps in both directions"),
  attention: attention("steps"),
  units: size
    .default(64)
    .describe("size of the encoder's state and of the attention's hidden layer"),
  dropout: shareBelowOne
    .default(0.3)
    .describe("share of the sequence's features set to zero in training"),
  ...training({ epochs: 40, batchSize: 64, learningRate: 2e-3, weightDecay: 0.1 }),
});

/** @param name Of the input, for errors. */
export const sequenceSection = (name: string) =>
  fields.refine(({ encoder, bidirectional }) => !bidirectional || RECURRENT.has(encoder), {
    path: ["bidirectional"],
    error: `needs a recurrent encoder; set ${name}.encoder to rnn, lstm or gru`,
  });

export type SequenceOptions = z.infer<typeof fields>;
