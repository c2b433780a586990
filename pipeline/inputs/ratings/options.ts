/** Options of ratings: type, range, default and help text. */

import * as z from "zod";
import { gridBits, positive, share, shareBelowOne, size, training } from "../../config/fields.ts";

const ratingsFields = z.strictObject({
  dimensions: size.default(128).describe("size of a user vector"),
  bits: gridBits.describe(
    "bits that the numbers of a user vector are quantised to; fewer make a smaller download",
  ),
  units: size.default(256).describe("size of the hidden layer"),
  networks: z
    .int()
    .min(1)
    .max(16)
    .default(1)
    .describe(
      "number of networks, each with initial weights of its own; their logits are averaged",
    ),
  inputDropout: shareBelowOne
    .default(0.1)
    .describe("share of the pooled vector set to zero in training"),
  dropout: shareBelowOne.default(0.4).describe("share of the hidden layer set to zero in training"),
  partial: share
    .default(0.3)
    .describe("share of the items trained on a random subset of their ratings"),
  anonymous: share
    .default(0.1)
    .describe("share of the items trained on their users' demographics only"),
  maxRatings: positive.default(100_000).describe("maximum number of ratings accepted per item"),
  vectorLearningRate: z
    .number()
    .min(0)
    .default(0)
    .describe("peak learning rate of the user vectors; 0: they stay as they are fitted"),
  ratingDropout: shareBelowOne
    .default(0)
    .describe("share of each item's ratings left out in training"),
  linear: share
    .optional()
    .describe(
      "share of a linear model of who rated in the tower's logits, from 5 ratings on; 0: no such model (default: 0.3, but 0 where user vectors are trained)",
    ),
  inverseRegularisation: z
    .number()
    .positive()
    .default(4)
    .describe("linear model: inverse strength of the regularisation (C)"),
  ...training({ epochs: 40, batchSize: 64, learningRate: 2e-3, weightDecay: 0.1 }),
});

export const ratingsSection = ratingsFields.refine(
  (options) => !trainsVectors(options) || !options.linear,
  {
    path: ["linear"],
    error: "a linear model needs user vectors that are not trained: leave out vectorLearningRate",
  },
);

/** Whether user vectors are trained with the tower. */
export function trainsVectors(options: { readonly vectorLearningRate: number }): boolean {
  return options.vectorLearningRate > 0;
}

/** The share of the linear model where none is given. */
const LINEAR = 0.3;

/** See the option `linear`. */
export function linearShare(options: RatingsOptions): number {
  return options.linear ?? (trainsVectors(options) ? 0 : LINEAR);
}

export type RatingsOptions = z.infer<typeof ratingsSection>;
