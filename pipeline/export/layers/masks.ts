/** The mask of each layer class's output: what tfjs's computeMask returns. */
import type { Builder } from "../builder.ts";
import { flag, isRecord, number } from "../config.ts";
import { refuse } from "../errors.ts";
import type { Tensor } from "../ir.ts";
import { float, type LayerCall } from "./layer.ts";
import { differs } from "./shape.ts";

/** The mask of a layer's first output, from the masks of its inputs. */
type MaskRule = (call: LayerCall, masks: readonly (Tensor | undefined)[]) => Tensor | undefined;

/** The output has the mask of the first input. */
const pass: MaskRule = (_, masks) => masks[0];

/** A sequence keeps the mask of the input; a last step has none. */
const recurrent: MaskRule = ({ config }, masks) => {
  const inner =
    isRecord(config.layer) && isRecord(config.layer.config) ? config.layer.config : config;
  return flag(inner, "returnSequences", false) ? masks[0] : undefined;
};

/**
 * tfjs puts an axis in front of the first input's mask and combines it with those of all inputs but the last. The
 * result fits no sequence; layers that read it refuse it.
 */
function merge({ b }: LayerCall, masks: readonly (Tensor | undefined)[]): Tensor | undefined {
  const [first, ...others] = masks.slice(0, Math.max(1, masks.length - 1));
  if (!first && others.every((m) => !m)) return undefined;
  if (!first || others.some((m) => !m))
    refuse("merges masked and unmasked inputs in an order on which TensorFlow.js fails");
  return others.reduce<Tensor>(
    (all, m) => b.op("And", [all, b.unsqueeze(m as Tensor, [0])]),
    b.unsqueeze(first, [0]),
  );
}

/** Over features a step is unmasked where it is in all inputs; over time the masks are joined as the steps are. */
function concatenate(
  { b, x, inputs, config }: LayerCall,
  masks: readonly (Tensor | undefined)[],
): Tensor | undefined {
  const present = masks.filter((m): m is Tensor => m !== undefined);
  const [first, ...others] = present;
  if (!first) return undefined;
  const axis = typeof config.axis === "number" ? config.axis : -1;
  if (axis === -1 || axis === x.shape.length - 1)
    return others.reduce((all, m) => b.op("And", [all, m]), first);
  // an input without a mask is unmasked; tfjs can join its [B, T, F] with masks [B, T, 1] only if F is 1
  const columns = masks.map((m, i) => m ?? unmasked(b, inputs[i] as Tensor));
  if (axis === 1 && !columns.includes(undefined)) return b.op("Concat", columns, { axis: 1 });
  return refuse(`concatenates masked inputs over axis ${axis}, on which TensorFlow.js fails`);
}

/** true for every step of a sequence with one feature. */
function unmasked(b: Builder, x: Tensor): Tensor | undefined {
  if (x.shape.length !== 3 || x.shape[2] !== 1) return undefined;
  const steps = b.squeeze(x, [2]);
  return b.op("Equal", [steps, steps]);
}

/** Whether ids are not 0. */
function notZero(b: Builder, x: Tensor): Tensor {
  if (x.dtype === "bool") return x;
  const ids = x.dtype === "uint8" ? b.cast(x, "int32") : x;
  const zero =
    ids.dtype === "float32"
      ? b.scalar(0)
      : ids.dtype === "int64"
        ? b.ints([0], [])
        : b.constant(`${b.scope}/zero`, "int32", [], new Int32Array(1));
  return b.op("Not", [b.op("Equal", [ids, zero])]);
}

/** The mask of a call's first output, by the rules of TensorFlow.js or of the Keras that wrote the file. */
export function outputMask(
  call: LayerCall,
  masks: readonly (Tensor | undefined)[],
): Tensor | undefined {
  const { className, dialect } = call.layer;
  const rules =
    dialect !== "tfjs" && Object.hasOwn(KERAS_RULES, className) ? KERAS_RULES : MASK_RULES;
  return rules[className]?.(call, masks);
}

/**
 * Keras 2: unmasked where all inputs that have a mask are. Keras 3: where any is, and not masked at all if an input has
 * no mask; an operation such as x + y drops masks.
 */
const kerasMerge: MaskRule = ({ b, layer, args }, masks) => {
  const present = masks.filter((m): m is Tensor => m !== undefined);
  const [first, ...others] = present;
  if (layer.dialect === "keras2")
    return first && others.reduce((all, m) => b.op("And", [all, m]), first);
  const isOperation = args.length > 0 && !Array.isArray(args[0]);
  if (isOperation || !first || present.length < masks.length) return undefined;
  return others.reduce((any, m) => either(b, any, m), first);
};

const either = (b: Builder, x: Tensor, y: Tensor): Tensor =>
  b.op("Not", [b.op("And", [b.op("Not", [x]), b.op("Not", [y])])]);

const kerasConcatenate: MaskRule = (call, masks) => {
  if (call.layer.dialect === "keras2" || masks.every((m) => !m)) return concatenate(call, masks);
  const axis = typeof call.config.axis === "number" ? call.config.axis : -1;
  if (axis === -1 || axis === call.x.shape.length - 1)
    return kerasMerge({ ...call, args: [] }, masks);
  return refuse(`concatenates masked inputs over axis ${axis}, which is not converted`);
};

const none: MaskRule = () => undefined;

const KERAS_RULES: Readonly<Record<string, MaskRule>> = {
  Add: kerasMerge,
  Subtract: kerasMerge,
  Multiply: kerasMerge,
  Average: kerasMerge,
  Maximum: kerasMerge,
  Minimum: kerasMerge,
  Concatenate: kerasConcatenate,
  Dot: none,
  GlobalAveragePooling1D: none,
  Identity: pass,
  SpatialDropout2D: pass,
  SpatialDropout3D: pass,
  ActivityRegularization: pass,
  GroupNormalization: pass,
  UnitNormalization: pass,
  Normalization: pass,
  Rescaling: pass,
  MultiHeadAttention: pass,
  LeakyReLU: pass,
  ELU: pass,
  Softmax: pass,
};

/** Classes not listed drop the mask (tfjs: supportsMasking is false). */
const MASK_RULES: Readonly<Record<string, MaskRule>> = {
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
  Embedding: ({ b, x, config }) => (flag(config, "maskZero", false) ? notZero(b, x) : undefined),
  Masking: ({ b, x, config }) =>
    b.cast(b.squeeze(differs(b, float(b, x), number(config, "maskValue", 0)), [-1]), "bool"),
  Add: merge,
  Multiply: merge,
  Average: merge,
  Maximum: merge,
  Minimum: merge,
  Concatenate: concatenate,
};
