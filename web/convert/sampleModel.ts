/** A small model to try the converter with, written here as `model.save()` writes one: nothing has to be downloaded. */

import type { ModelFile } from "./protocol.ts";

const MODEL_FILE = "model.json";
const WEIGHTS_FILE = "weights.bin";
/** Seed of the generator of weights. */
const SEED = 20_000_303;
/** Weights are drawn from -SCALE to SCALE. */
const SCALE = 0.3;

interface Weight {
  /** Without the layer's name. */
  readonly name: string;
  readonly shape: readonly number[];
}

interface Layer {
  readonly className: string;
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Names of the layers whose outputs it takes. */
  readonly from: readonly string[];
  readonly weights?: readonly Weight[];
}

const weight = (name: string, ...shape: number[]): Weight => ({ name, shape });

/** Two inputs, a picture of 16 x 16 pixels and a text of 8 words; three classes. */
const LAYERS: readonly Layer[] = [
  {
    className: "InputLayer",
    name: "picture",
    config: { batch_input_shape: [null, 16, 16, 3], dtype: "float32", sparse: false },
    from: [],
  },
  {
    className: "Conv2D",
    name: "edges",
    config: { filters: 8, kernel_size: [3, 3], padding: "same", use_bias: false },
    from: ["picture"],
    weights: [weight("kernel", 3, 3, 3, 8)],
  },
  {
    className: "BatchNormalization",
    name: "norm",
    config: { axis: -1, momentum: 0.99, epsilon: 0.001, center: true, scale: true },
    from: ["edges"],
    weights: [
      weight("gamma", 8),
      weight("beta", 8),
      weight("moving_mean", 8),
      // Variances: never negative.
      weight("moving_variance", 8),
    ],
  },
  {
    className: "Activation",
    name: "relu",
    config: { activation: "relu" },
    from: ["norm"],
  },
  {
    className: "GlobalAveragePooling2D",
    name: "average",
    config: { data_format: "channels_last" },
    from: ["relu"],
  },
  {
    className: "InputLayer",
    name: "words",
    config: { batch_input_shape: [null, 8], dtype: "int32", sparse: false },
    from: [],
  },
  {
    className: "Embedding",
    name: "vectors",
    config: { input_dim: 50, output_dim: 12, mask_zero: true },
    from: ["words"],
    weights: [weight("embeddings", 50, 12)],
  },
  {
    className: "GRU",
    name: "sentence",
    config: {
      units: 10,
      activation: "tanh",
      recurrent_activation: "sigmoid",
      use_bias: true,
      return_sequences: false,
      reset_after: false,
    },
    from: ["vectors"],
    weights: [weight("kernel", 12, 30), weight("recurrent_kernel", 10, 30), weight("bias", 30)],
  },
  {
    className: "Concatenate",
    name: "together",
    config: { axis: -1 },
    from: ["average", "sentence"],
  },
  {
    className: "Dense",
    name: "classes",
    config: { units: 3, activation: "softmax", use_bias: true },
    from: ["together"],
    weights: [weight("kernel", 18, 3), weight("bias", 3)],
  },
];

/** The model's files: a few kilobytes, with weights that are drawn by a seed, so always the same. */
export function sampleModel(): ModelFile[] {
  const specs = LAYERS.flatMap(({ name, weights = [] }) =>
    weights.map((own) => ({ name: `${name}/${own.name}`, shape: own.shape, dtype: "float32" })),
  );
  const json = {
    format: "layers-model",
    generatedBy: "Marquee",
    modelTopology: { class_name: "Model", config: topology() },
    weightsManifest: [{ paths: [WEIGHTS_FILE], weights: specs }],
  };
  const draw = generator(SEED);
  const values = specs.flatMap(({ name, shape }) =>
    Array.from({ length: shape.reduce((product, size) => product * size) }, () =>
      name.endsWith("variance") ? 1 + draw() : draw() * 2 * SCALE - SCALE,
    ),
  );
  return [
    modelFile(MODEL_FILE, JSON.stringify(json)),
    modelFile(WEIGHTS_FILE, new Float32Array(values)),
  ];
}

function modelFile(name: string, content: string | Float32Array<ArrayBuffer>): ModelFile {
  return { path: name, file: new File([content], name) };
}

function topology() {
  return {
    name: "sample",
    layers: LAYERS.map(({ className, name, config, from }) => ({
      class_name: className,
      name,
      config: { name, trainable: true, ...config },
      inbound_nodes: from.length > 0 ? [from.map((layer) => [layer, 0, 0, {}])] : [],
    })),
    input_layers: LAYERS.filter(({ from }) => from.length === 0).map(({ name }) => [name, 0, 0]),
    output_layers: [[LAYERS.at(-1)!.name, 0, 0]],
  };
}

/** Numbers from 0 up to 1: a linear congruential generator with the constants of Numerical Recipes. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
