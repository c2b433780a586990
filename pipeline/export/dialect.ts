/**
 * Whose rules a file follows. What TensorFlow.js can load is computed as TensorFlow.js does; of everything else Keras
 * is the only original there is.
 */
import { camelCase, isRecord, type LayerConfig } from "./config.ts";

export type Dialect = "tfjs" | "keras2" | "keras3";

/** Random at training, nothing at inference. Users of tfjs leave them out, so they do not make a file Keras's. */
export const AUGMENTATIONS = [
  "RandomFlip",
  "RandomRotation",
  "RandomZoom",
  "RandomContrast",
  "RandomTranslation",
  "RandomBrightness",
  "RandomHeight",
  "RandomWidth",
  "RandomShear",
  "RandomHue",
  "RandomSaturation",
  "RandomGrayscale",
  "RandomSharpness",
  "RandomPosterization",
  "RandomColorJitter",
  "RandomColorDegeneration",
  "RandomGaussianBlur",
  "RandomErasing",
  "RandomInvert",
  "RandomPerspective",
  "RandomElasticTransform",
  "RandAugment",
  "AugMix",
  "MixUp",
  "CutMix",
] as const;

/**
 * Layers and operations of Keras that tfjs-layers 4.22 does not register. FixedDropout is of the package `efficientnet`,
 * whose models many have trained.
 */
export const KERAS_CLASSES = [
  "Identity",
  "ActivityRegularization",
  "SpatialDropout2D",
  "SpatialDropout3D",
  "FixedDropout",
  "Subtract",
  "Divide",
  "TrueDivide",
  "NotEqual",
  "GetItem",
  "Conv1DTranspose",
  "DepthwiseConv1D",
  "SeparableConv1D",
  "GlobalAveragePooling3D",
  "GlobalMaxPooling3D",
  "ZeroPadding1D",
  "ZeroPadding3D",
  "Cropping1D",
  "Cropping3D",
  "UpSampling1D",
  "UpSampling3D",
  "Normalization",
  "GroupNormalization",
  "UnitNormalization",
  "RMSNormalization",
  "EinsumDense",
  "Attention",
  "MultiHeadAttention",
  "RandomCrop",
  "TensorFlowOpLayer",
  "TFOpLambda",
  "SlicingOpLambda",
] as const;

/** Layers that are nothing at inference and that tfjs does not have. */
export const COMPUTES_NOTHING: readonly string[] = [
  ...AUGMENTATIONS,
  "Identity",
  "ActivityRegularization",
  "SpatialDropout2D",
  "SpatialDropout3D",
  "FixedDropout",
];

/** A layer that tfjs does not load or run. */
interface Lack {
  classes: RegExp;
  when(config: LayerConfig): boolean;
  what: string;
}

const named = (value: unknown): unknown =>
  typeof value === "string" ? camelCase(value) : undefined;
const numbers = (value: unknown): number[] =>
  (Array.isArray(value) ? value : [value]).filter((v) => typeof v === "number");
const dilated = (config: LayerConfig) => numbers(config.dilationRate).some((d) => d !== 1);

/** Whether a Bidirectional's backward layer is another one than tfjs would make of the forward one. */
function hasOwnBackward({ layer, backwardLayer }: LayerConfig): boolean {
  if (!isRecord(layer) || !isRecord(backwardLayer)) return false;
  const [forward, backward] = [layer.config, backwardLayer.config];
  return (
    isRecord(forward) &&
    isRecord(backward) &&
    ["units", "activation", "recurrentActivation", "useBias", "resetAfter"].some(
      (key) => forward[key] !== backward[key],
    )
  );
}

/** Activations of tfjs; a file that names another one does not load there. */
const TFJS_ACTIVATIONS =
  /^(linear|relu6?|elu|selu|sigmoid|tanh|softplus|softsign|hardSigmoid|softmax|logSoftmax|swish|silu|mish|gelu)$/;
const unknownActivation = (value: unknown) =>
  typeof value === "string" && !TFJS_ACTIVATIONS.test(camelCase(value));

const NOT_LOADED: readonly Lack[] = [
  {
    classes: new RegExp(`^(${KERAS_CLASSES.join("|")})$`),
    when: () => true,
    what: "has no such layer",
  },
  { classes: /^GRU(Cell)?$/, when: (c) => c.resetAfter === true, what: "has no reset_after" },
  {
    classes: /^(Conv\dD|Conv\dDTranspose)$/,
    when: (c) => typeof c.groups === "number" && c.groups !== 1,
    what: "has no groups in convolutions",
  },
  {
    classes: /^Conv1D$/,
    when: (c) => named(c.padding) === "causal" || named(c.dataFormat) === "channelsFirst",
    what: "has neither causal padding nor channels_first in Conv1D",
  },
  {
    classes: /^ELU$/,
    when: (c) => typeof c.alpha === "number" && c.alpha !== 1,
    what: "has no alpha in ELU",
  },
  {
    classes: /./,
    when: (c) => unknownActivation(c.activation) || unknownActivation(c.recurrentActivation),
    what: "does not know its activation",
  },
];

/** What keeps tfjs from loading a file as it is; verify/ rewrites it. */
const NOT_READ: readonly Lack[] = [
  {
    classes: /^SeparableConv\dD$/,
    when: (c) => Boolean(c.kernelInitializer ?? c.kernelRegularizer ?? c.kernelConstraint),
    what: "takes no kernel_initializer in separable convolutions",
  },
];

/** What tfjs loads but computes otherwise than Keras. */
const COMPUTED_OTHERWISE: readonly Lack[] = [
  {
    classes: /./,
    when: (c) =>
      named(c.activation) === "hardSigmoid3" || named(c.recurrentActivation) === "hardSigmoid3",
    what: "has Keras 2's hard_sigmoid",
  },
  {
    classes: /^DepthwiseConv2D$/,
    when: dilated,
    what: "ignores dilation_rate",
  },
  {
    classes: /^Conv\dDTranspose$/,
    when: (c) => dilated(c) || numbers(c.outputPadding).length > 0,
    what: "ignores dilation_rate and output_padding",
  },
  {
    classes: /^ReLU$/,
    when: (c) => Boolean(c.negativeSlope) || Boolean(c.threshold),
    what: "ignores negative_slope and threshold",
  },
  {
    classes: /^UpSampling2D$/,
    when: (c) => named(c.interpolation) === "bilinear",
    what: "takes corners of pixels, not their centres",
  },
  {
    classes: /^Global.*Pooling\dD$/,
    when: (c) => c.keepdims === true,
    what: "ignores keepdims",
  },
  {
    classes: /^Concatenate$/,
    when: (c) => typeof c.axis === "number" && c.axis < -1,
    what: "takes every negative axis for the last",
  },
  {
    classes: /^Softmax$/,
    when: (c) => Array.isArray(c.axis) || (typeof c.axis === "number" && c.axis !== -1),
    what: "computes Softmax over the last axis only",
  },
  {
    classes: /^Bidirectional$/,
    when: (c) => hasOwnBackward(c),
    what: "builds the backward layer from the forward one",
  },
  { classes: /^RNN$/, when: () => true, what: "names the cells otherwise" },
  { classes: /^(Resizing|CenterCrop)$/, when: () => true, what: "picks other pixels" },
  {
    classes: /^(Embedding|Masking)$/,
    when: (c) => c.maskZero === true || c.maskValue !== undefined,
    what: "passes masks on by the order of execution",
  },
];

/** All layers in a topology with keys in camelCase, those inside models and wrappers too. */
function* layersIn(value: unknown): Generator<{ className: string; config: LayerConfig }> {
  if (Array.isArray(value)) for (const item of value) yield* layersIn(item);
  if (!isRecord(value)) return;
  if (typeof value.className === "string" && isRecord(value.config))
    yield { className: value.className, config: value.config };
  for (const inner of Object.values(value)) yield* layersIn(inner);
}

/** The rules of a topology (keys in camelCase), with the version of Keras or tfjs that wrote it if that is known. */
export function dialectOf(topology: unknown, kerasVersion: unknown): Dialect {
  // "tfjs-layers 4.22.0": what tfjs does not have is of the user's own classes, whatever their names are in Keras
  if (String(kerasVersion).startsWith("tfjs")) return "tfjs";
  const written3 = [...layersIn(topology)].some(
    ({ className, config }) =>
      className === "__keras_tensor__" ||
      (config.batchShape !== undefined && config.batchInputShape === undefined),
  );
  if (written3) return "keras3";
  const table = [...NOT_LOADED, ...NOT_READ];
  const lacking = [...layersIn(topology)].some((layer) => lackOf(layer, table));
  if (!lacking) return "tfjs";
  return kerasOf(kerasVersion);
}

/** The rules of the Keras that wrote the file. */
export const kerasOf = (kerasVersion: unknown): Dialect =>
  String(kerasVersion).startsWith("3") ? "keras3" : "keras2";

type Described = { className: string; config: LayerConfig };

function lackOf({ className, config }: Described, table: readonly Lack[]): string | undefined {
  return table.find((row) => row.classes.test(className) && row.when(config))?.what;
}

/**
 * Why tfjs can give no second opinion on a layer, as what tfjs does: it has no such layer, or computes it otherwise than
 * the Keras that wrote the file. Undefined for what tfjs computes alike.
 */
export function lackOfTfjs(layer: Described, dialect: Dialect): string | undefined {
  if (dialect === "tfjs" || COMPUTES_NOTHING.includes(layer.className)) return undefined;
  return lackOf(layer, [...COMPUTED_OTHERWISE, ...NOT_LOADED]);
}
