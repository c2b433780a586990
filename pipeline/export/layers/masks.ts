/** How a mask travels: what tfjs's computeMask gives for the output of each layer class. */
import { flag, isRecord } from "../config.ts";
import type { Tensor } from "../ir.ts";
import type { LayerCall } from "./layer.ts";

/** The mask of a layer's first output, from the masks of its inputs. */
type MaskRule = (call: LayerCall, masks: readonly (Tensor | undefined)[]) => Tensor | undefined;

const pass: MaskRule = (_, masks) => masks[0];

const recurrent: MaskRule = ({ config }, masks) => {
  const inner =
    isRecord(config.layer) && isRecord(config.layer.config) ? config.layer.config : config;
  return flag(inner, "returnSequences", false) ? masks[0] : undefined;
};

/** Classes not listed drop the mask (tfjs: supportsMasking is false). */
export const MASK_RULES: Readonly<Record<string, MaskRule>> = {
  Dense: pass,
  Activation: pass,
  ReLU: pass,
  PReLU: pass,
  Dropout: pass,
  SpatialDropout1D: pass,
  GaussianNoise: pass,
  GaussianDropout: pass,
  AlphaDropout: pass,
  BatchNormalization: pass,
  LayerNormalization: pass,
  TimeDistributed: pass,
  SimpleRNN: recurrent,
  GRU: recurrent,
  LSTM: recurrent,
  RNN: recurrent,
  Bidirectional: recurrent,
  Embedding: ({ b, x, config }) =>
    flag(config, "maskZero", false)
      ? b.op("Not", [
          b.op("Equal", [b.cast(x, "int32"), b.constant("zero", "int32", [], new Int32Array(1))]),
        ])
      : undefined,
};
