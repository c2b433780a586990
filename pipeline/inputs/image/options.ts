/** Options of an image: type, range, default and help text. */

import { z } from "zod";
import { path, shareBelowOne, side, size, training } from "../../config/fields.ts";

/** Pixel ranges that a backbone may expect: [0, 1], [-1, 1] or [0, 255]. */
export const BACKBONE_SCALES = ["zero-one", "minus-one-one", "bytes"] as const;

export const imageSection = z.strictObject({
  height: side.default(96).describe("height of the model's input, in pixels"),
  width: side.default(64).describe("width of the model's input, in pixels"),
  channels: z.array(size).min(1).default([24, 48, 96, 128]).describe("filters per block"),
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

export type ImageOptions = z.infer<typeof imageSection>;
