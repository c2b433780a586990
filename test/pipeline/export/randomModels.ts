/** Random small functional models, built from a list of numbers so that a failing one shrinks. */
import * as tfl from "@tensorflow/tfjs-layers";
import { on, type T } from "./symbolic.ts";

const L = tfl.layers;
type Layer = tfl.layers.Layer;

/** One instruction: which tensor of the pool, which layer, and two numbers for its settings. */
export type Step = readonly [tensor: number, layer: number, a: number, b: number];

/** What a dynamic size is fed as. */
export const DYNAMIC = 6;
const MAX_ELEMENTS = 3000; // per sample: keeps a model in the range of milliseconds
const ACTIVATIONS = [
  "linear",
  "relu",
  "tanh",
  "sigmoid",
  "elu",
  "softmax",
  "swish",
  "hardSigmoid",
  "gelu",
] as const;
const pick = <V>(list: readonly V[], n: number): V => list[n % list.length] as V;
const activation = (n: number) => pick(ACTIVATIONS, n) as "relu";
const padding = (n: number) => pick(["same", "valid"] as const, n);
/** Sizes without the batch; dynamic ones at what they are fed as. */
const dims = (t: T) => t.shape.slice(1).map((d) => d ?? DYNAMIC);
const dynamic = (t: T) => t.shape.slice(1).includes(null);
const recurrentInitializer = "glorotUniform";

type Make = (a: number, b: number, t: T) => Layer | undefined;

const ANY: Make[] = [
  (a) => L.activation({ activation: activation(a) }),
  (a) => L.dense({ units: (a % 5) + 1, useBias: a % 2 === 0, activation: activation(a >> 3) }),
  (a) => L.batchNormalization({ scale: a % 3 > 0, center: a % 2 > 0 }),
  (a) => L.layerNormalization({ scale: a % 3 > 0, center: a % 2 > 0 }),
  () => L.dropout({ rate: 0.3 }),
  (a) => L.leakyReLU({ alpha: 0.1 + (a % 5) / 10 }),
  (a) => L.reLU(a % 2 ? { maxValue: 0.5 } : {}),
  () => L.prelu(),
];

const VECTOR: Make[] = [
  (a) => L.repeatVector({ n: (a % 3) + 1 }),
  (_a, _b, t) =>
    dims(t)[0]! % 2 === 0 ? L.reshape({ targetShape: [2, dims(t)[0]! / 2] }) : undefined,
  (_a, _b, t) => L.reshape({ targetShape: [1, 1, dims(t)[0]!] }),
];

const rnn = (a: number, b: number, returnSequences: boolean) => {
  const make = pick([L.lstm, L.gru, L.simpleRNN] as (typeof L.lstm)[], a);
  return make({
    units: (b % 3) + 1,
    returnSequences,
    goBackwards: b % 2 === 1,
    activation: activation(b >> 2),
    recurrentInitializer,
  });
};

const SEQUENCE: Make[] = [
  (a, b) =>
    L.conv1d({
      filters: (a % 4) + 1,
      kernelSize: (b % 3) + 1,
      padding: padding(a),
      strides: b % 2 ? 1 : 2,
      activation: activation(b),
    }),
  (a, b) =>
    L.maxPooling1d({ poolSize: (a % 2) + 1, strides: (b % 2) + 1, padding: padding(b >> 1) }),
  (a, b) =>
    L.averagePooling1d({ poolSize: (a % 2) + 1, strides: (b % 2) + 1, padding: padding(b >> 1) }),
  (a, b) => rnn(a, b, a % 2 === 0),
  (a, b) =>
    L.bidirectional({
      layer: rnn(a, b, a % 2 === 0) as never,
      mergeMode: pick(["concat", "sum", "mul", "ave"] as const, b),
    }),
  () => L.permute({ dims: [2, 1] }),
  (a) => L.flatten(a % 2 ? { dataFormat: "channelsFirst" } : {}),
  () => L.globalAveragePooling1d(),
  () => L.globalMaxPooling1d(),
  (a) => L.timeDistributed({ layer: L.dense({ units: (a % 3) + 1 }) }),
  (_a, _b, t) => (dynamic(t) ? undefined : L.reshape({ targetShape: [...dims(t), 1] })),
];

const IMAGE: Make[] = [
  (a, b) =>
    L.conv2d({
      filters: (a % 4) + 1,
      kernelSize: [(b % 3) + 1, (a % 2) + 1],
      padding: padding(a >> 2),
      strides: b % 3 ? 1 : 2,
      activation: activation(b),
      useBias: b % 2 === 0,
    }),
  (a, b) => L.conv2d({ filters: (a % 4) + 1, kernelSize: 2, padding: padding(b), dilationRate: 2 }),
  (a, b) =>
    L.depthwiseConv2d({
      kernelSize: (a % 2) + 1,
      depthMultiplier: (b % 2) + 1,
      padding: padding(b >> 1),
      activation: activation(a),
    }),
  (a, b) =>
    L.separableConv2d({
      filters: (a % 3) + 1,
      kernelSize: 2,
      padding: padding(b),
      depthMultiplier: (b % 2) + 1,
    }),
  (a, b) =>
    L.conv2dTranspose({
      filters: (a % 3) + 1,
      kernelSize: (b % 3) + 1,
      strides: (a % 2) + 1,
      padding: padding(b),
    }),
  (a, b) => L.maxPooling2d({ poolSize: 2, strides: (a % 2) + 1, padding: padding(b) }),
  (a, b) => L.averagePooling2d({ poolSize: 2, strides: (a % 2) + 1, padding: padding(b) }),
  (a, b) =>
    L.zeroPadding2d({
      padding: [
        [a % 2, 1],
        [b % 2, 1],
      ],
    }),
  (_a, _b, t) =>
    Math.min(...dims(t).slice(0, 2)) > 2
      ? L.cropping2D({
          cropping: [
            [1, 0],
            [0, 1],
          ],
        })
      : undefined,
  (a) =>
    L.upSampling2d({
      size: [(a % 2) + 1, 2],
      interpolation: pick(["nearest", "bilinear"] as const, a >> 1),
    }),
  () => L.globalAveragePooling2d({}),
  () => L.globalMaxPooling2d({}),
  (a) => L.flatten(a % 2 ? { dataFormat: "channelsFirst" } : {}),
  (a) =>
    L.permute({
      dims: pick(
        [
          [3, 1, 2],
          [2, 1, 3],
          [2, 3, 1],
          [1, 3, 2],
        ],
        a,
      ),
    }),
  () => L.prelu({ sharedAxes: [1, 2] }),
  (_a, _b, t) =>
    dynamic(t) ? undefined : L.reshape({ targetShape: [dims(t)[0]! * dims(t)[1]!, dims(t)[2]!] }),
  (a, b, t) =>
    dims(t)[2]! > 1
      ? L.maxPooling2d({
          poolSize: 2,
          strides: (a % 2) + 1,
          dataFormat: "channelsFirst",
          padding: padding(b),
        })
      : undefined,
  (a, b) =>
    L.conv2d({
      filters: (a % 3) + 1,
      kernelSize: 1,
      dataFormat: "channelsFirst",
      padding: padding(b),
    }),
  () => L.layerNormalization({ axis: [1, 2, 3] }),
];

const MERGES: ((a: number) => Layer)[] = [
  () => L.add(),
  () => L.multiply(),
  () => L.average(),
  () => L.maximum(),
  () => L.minimum(),
  (a) => L.concatenate({ axis: pick([-1, 1], a) }),
];

const INPUTS: (number | null)[][] = [[6], [5, 4], [6, 6, 3], [4, 8, 2], [null, 3], [null, null, 2]];

/** A model of at most `steps.length` layers; instructions that do not fit a tensor are skipped. */
export function randomModel(kinds: readonly number[], steps: readonly Step[]): tfl.LayersModel {
  const inputs = kinds.map((kind, i) => tfl.input({ shape: pick(INPUTS, kind), name: `in${i}` }));
  const pool: T[] = [...inputs];
  const consumed = new Set<T>();
  const add = (output: T, ...from: T[]) => {
    if (dims(output).some((d) => d < 1) || dims(output).reduce((p, q) => p * q, 1) > MAX_ELEMENTS)
      return;
    for (const t of from) consumed.add(t);
    pool.push(output);
  };
  for (const [n, which, a, b] of steps) {
    const t = pick(pool, n);
    if (which % 5 === 0 && mergeInto(pool, t, a, b, add)) continue;
    const rank = t.shape.length;
    const options = [...(rank === 2 ? VECTOR : rank === 3 ? SEQUENCE : IMAGE), ...ANY];
    try {
      const layer = pick(options, which)(a, b, t);
      if (layer) add(on(t, layer), t);
    } catch (error) {
      // tfjs itself refuses: a window larger than its input
      if (!dynamic(t) && !/Negative dimension|size|dimension/i.test(String(error))) throw error;
    }
  }
  const sinks = pool.filter((t) => !consumed.has(t) && !inputs.includes(t));
  const outputs = sinks.length > 0 ? sinks.slice(-3) : [pool.at(-1) as T];
  return tfl.model({ inputs, outputs });
}

/** Merges t with another tensor of its shape, or gates it with a vector of its last size. */
function mergeInto(
  pool: readonly T[],
  t: T,
  a: number,
  b: number,
  add: (output: T, ...from: T[]) => void,
): boolean {
  const others = pool.filter((o) => o !== t && String(o.shape) === String(t.shape));
  if (others.length > 0) {
    const other = pick(others, a);
    add(on([t, other], pick(MERGES, b)(a)), t, other);
    return true;
  }
  const gates = pool.filter(
    (o) => o.shape.length === 2 && t.shape.length > 2 && o.shape[1] === t.shape.at(-1),
  );
  if (gates.length === 0) return false;
  const gate = pick(gates, a);
  add(on([t, gate], pick([L.add(), L.multiply()], b)), t, gate);
  return true;
}

const steps = 6;
const MASKED_SEQUENCE: Make[] = [
  (a, b) => rnn(a, b, true),
  (a, b) => rnn(a, b, false),
  (a, b) =>
    L.bidirectional({
      layer: rnn(a, b, a % 2 === 0) as never,
      mergeMode: pick(["concat", "sum"] as const, b),
    }),
  (a) => L.dense({ units: (a % 4) + 1 }),
  () => L.dropout({ rate: 0.1 }),
  (a) => L.conv1d({ filters: (a % 3) + 1, kernelSize: 2, padding: "same" }),
  () => L.layerNormalization(),
  (a) => L.masking({ maskValue: a % 2 }),
  (a) => L.timeDistributed({ layer: L.dense({ units: (a % 3) + 1 }) }),
  () => L.leakyReLU({}),
];
const MASKED_VECTOR: Make[] = [
  (a) => L.repeatVector({ n: a % 3 === 0 ? steps - 2 : steps }),
  (a) => L.dense({ units: (a % 4) + 1 }),
];

/** Token inputs (one with a mask, one without or with its own) and layers that hand masks on, drop or consume them. */
export function randomMaskedModel(second: number, program: readonly Step[]): tfl.LayersModel {
  const inputs = ["tokens", "others"].map((name) =>
    tfl.input({ shape: [steps], name, dtype: "int32" }),
  );
  const pool = inputs.map((x, i) =>
    on(x, L.embedding({ inputDim: 8, outputDim: 3, maskZero: i === 0 || second % 2 === 0 })),
  );
  const consumed = new Set<T>();
  for (const [n, which, a, b] of program) {
    const t = pick(pool, n);
    const others = pool.filter(
      (o) => o !== t && o.shape.length === t.shape.length && String(o.shape) === String(t.shape),
    );
    const merge = which % 4 === 0 && others.length > 0;
    const from = merge ? [t, pick(others, a)] : [t];
    const layer = merge
      ? pick([L.concatenate(), L.add(), L.concatenate({ axis: 1 })], b)
      : pick(t.shape.length === 2 ? MASKED_VECTOR : MASKED_SEQUENCE, which)(a, b, t);
    if (!layer) continue;
    pool.push(on(from.length === 1 ? (from[0] as T) : from, layer));
    for (const f of from) consumed.add(f);
  }
  return tfl.model({ inputs, outputs: pool.filter((t) => !consumed.has(t)).slice(-3) });
}
