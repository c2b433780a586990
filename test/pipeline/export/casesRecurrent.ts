/** The table of recurrent, masked, wrapped and nested test models. */
import * as tfl from "@tensorflow/tfjs-layers";
import { chain, type Layer, type Make, one } from "./cases.ts";
import { type Case, type Feed, feed, ids } from "./parity.ts";

const L = tfl.layers;
type T = tfl.SymbolicTensor;

/** The default recurrent initialiser needs ops that tfjs-core alone does not bring; weights are replaced anyway. */
const recurrentInitializer = "glorotUniform";
const on = (x: T, ...stack: Layer[]) => stack.reduce((t, layer) => layer.apply(t) as T, x);
const KINDS = { simpleRNN: L.simpleRNN, gru: L.gru, lstm: L.lstm } as const;
type Kind = keyof typeof KINDS;
interface Options {
  units?: number;
  [key: string]: unknown;
}
const rnn = (kind: Kind, options: Options = {}) =>
  (KINDS[kind] as typeof L.lstm)({ units: 3, recurrentInitializer, ...options } as Parameters<
    typeof L.lstm
  >[0]);
const cell = (kind: Kind, options: Options = {}) =>
  ({ simpleRNN: L.simpleRNNCell, gru: L.gruCell, lstm: L.lstmCell })[kind]({
    units: 3,
    recurrentInitializer,
    ...options,
  } as never);

/** Token rows with holes at every kind of place: none, right, left, middle, all. */
const HOLES: Feed = {
  shape: [5, 6],
  data: [1, 2, 3, 4, 5, 6, 1, 2, 3, 0, 0, 0, 0, 0, 4, 5, 6, 7, 1, 0, 2, 0, 0, 3, 0, 0, 0, 0, 0, 0],
};

function model(inputs: T[], outputs: T | T[], feeds: Feed[], tolerance?: number): Case {
  return { model: tfl.model({ inputs, outputs }), feeds, ...(tolerance ? { tolerance } : {}) };
}

/** Embedding with a mask, then these layers. */
function masked(...stack: Layer[]): Case {
  const x = tfl.input({ shape: [6], name: "tokens", dtype: "int32" });
  return model([x], on(x, L.embedding({ inputDim: 8, outputDim: 4, maskZero: true }), ...stack), [
    HOLES,
  ]);
}

const each = <V>(values: readonly V[], f: (value: V) => [string, Make]): Record<string, Make> =>
  Object.fromEntries(values.map(f));
const pairs = <A, B>(as: readonly A[], bs: readonly B[]): (readonly [A, B])[] =>
  as.flatMap((a) => bs.map((b) => [a, b] as const));
const kinds = ["simpleRNN", "gru", "lstm"] as const;
const bools = [false, true] as const;

export const RECURRENT: Record<string, Make> = {
  ...each(pairs(kinds, pairs(bools, bools)), ([kind, [returnSequences, goBackwards]]) => [
    `${kind}${returnSequences ? " sequences" : ""}${goBackwards ? " backwards" : ""}`,
    one(() => rnn(kind, { returnSequences, goBackwards }), [null, 4], [6, 4]),
  ]),
  ...each(
    pairs(kinds, [
      "relu",
      "linear",
      "elu",
      "softsign",
      "softplus",
      "hardSigmoid",
      "selu",
      "swish",
      "mish",
      "gelu",
      "softmax",
      "relu6",
    ] as const),
    ([kind, activation]) => [
      `${kind} ${activation}`,
      one(() => rnn(kind, { activation, returnSequences: true }), [5, 4]),
    ],
  ),
  ...each(
    pairs(["gru", "lstm"] as const, ["sigmoid", "relu", "tanh", "swish"] as const),
    ([kind, recurrentActivation]) => [
      `${kind} recurrent ${recurrentActivation}`,
      one(() => rnn(kind, { recurrentActivation, useBias: false, goBackwards: true }), [5, 4]),
    ],
  ),
  ...each(
    pairs(["sum", "mul", "ave", "concat"] as const, pairs(bools, bools)),
    ([mergeMode, [returnSequences, goBackwards]]) => [
      `Bidirectional ${mergeMode}${returnSequences ? " sequences" : ""}${goBackwards ? " backwards" : ""}`,
      one(
        () =>
          L.bidirectional({
            layer: rnn("lstm", { returnSequences, goBackwards, activation: "elu" }),
            mergeMode,
          }),
        [5, 4],
      ),
    ],
  ),
  ...each(kinds, (kind) => [
    `Bidirectional ${kind} swish`,
    one(
      () => L.bidirectional({ layer: rnn(kind, { activation: "swish" }), mergeMode: "concat" }),
      [5, 4],
    ),
  ]),
  "Bidirectional two outputs with states": () => {
    const x = tfl.input({ shape: [5, 4], name: "x" });
    const layer = L.bidirectional({
      layer: rnn("lstm", { returnState: true, returnSequences: true }),
      mergeMode: null as unknown as "concat",
    });
    return model([x], layer.apply(x) as T[], [feed([2, 5, 4])]);
  },
  "Bidirectional states": () => {
    const x = tfl.input({ shape: [5, 4], name: "x" });
    const layer = L.bidirectional({
      layer: rnn("gru", { returnState: true }),
      mergeMode: "concat",
    });
    return model([x], layer.apply(x) as T[], [feed([2, 5, 4])]);
  },
  "encoder and decoder": () => {
    const x = tfl.input({ shape: [5, 4], name: "x" });
    const y = tfl.input({ shape: [3, 2], name: "y" });
    const [, h, c] = rnn("lstm", { returnState: true }).apply(x) as [T, T, T];
    const out = rnn("lstm", { returnSequences: true, returnState: true }).apply([y, h, c]) as T[];
    return model([x, y], out, [feed([2, 5, 4]), feed([2, 3, 2], 2)]);
  },
  "GRU initial state": () => {
    const x = tfl.input({ shape: [5, 4], name: "x" });
    const h = tfl.input({ shape: [3], name: "h" });
    return model([x, h], rnn("gru").apply([x, h]) as T, [feed([2, 5, 4]), feed([2, 3], 2)]);
  },
  "Bidirectional initial states": () => {
    const x = tfl.input({ shape: [5, 4], name: "x" });
    const states = [0, 1, 2, 3].map((i) => tfl.input({ shape: [3], name: `s${i}` }));
    const layer = L.bidirectional({
      layer: rnn("lstm", { returnSequences: true }),
      mergeMode: "concat",
    });
    return model([x, ...states], layer.apply([x, ...states]) as T, [
      feed([2, 5, 4]),
      ...states.map((_, i) => feed([2, 3], i + 2)),
    ]);
  },
  "LSTM over 100 steps": () => ({
    ...one(() => rnn("lstm", { units: 8 }), [100, 4])(),
    tolerance: 1e-4,
  }),
  ...each(kinds, (kind) => [
    `RNN of ${kind}Cell`,
    one(() => L.rnn({ cell: cell(kind) as never, returnSequences: true }), [5, 4]),
  ]),
  "RNN of stacked cells": one(
    () =>
      L.rnn({
        cell: L.stackedRNNCells({ cells: kinds.map((k, i) => cell(k, { units: i + 2 })) as never }),
        goBackwards: true,
      }),
    [5, 4],
  ),
  "RNN of stacked cells with states": () => {
    const x = tfl.input({ shape: [5, 4], name: "x" });
    const cells = L.stackedRNNCells({
      cells: [
        cell("lstm", { units: 2 }),
        cell("gru", { activation: "swish" }),
        cell("lstm", { units: 4 }),
      ] as never,
    });
    return model(
      [x],
      L.rnn({ cell: cells, returnSequences: true, returnState: true }).apply(x) as T[],
      [feed([2, 5, 4])],
    );
  },
  ConvLSTM2D: one(
    () => L.convLstm2d({ filters: 2, kernelSize: 3, recurrentInitializer }),
    [3, 6, 5, 2],
  ),
  "ConvLSTM2D sequences": one(
    () =>
      L.convLstm2d({
        filters: 2,
        kernelSize: [3, 2],
        strides: 2,
        padding: "same",
        returnSequences: true,
        goBackwards: true,
        activation: "softmax",
        recurrentInitializer,
      }),
    [3, 6, 5, 2],
  ),
  "ConvLSTM2D dilation dynamic": one(
    () =>
      L.convLstm2d({
        filters: 2,
        kernelSize: 2,
        dilationRate: 2,
        useBias: false,
        recurrentInitializer,
      }),
    [null, 6, 5, 2],
    [3, 6, 5, 2],
  ),
  "ConvLSTM2D channelsFirst": one(
    () =>
      L.convLstm2d({
        filters: 2,
        kernelSize: 3,
        dataFormat: "channelsFirst",
        returnSequences: true,
        recurrentInitializer,
      }),
    [3, 2, 6, 5],
  ),
  "TimeDistributed Dense": one(
    () => L.timeDistributed({ layer: L.dense({ units: 3 }) }),
    [null, 4],
    [5, 4],
  ),
  "TimeDistributed Conv2D": one(
    () => L.timeDistributed({ layer: L.conv2d({ filters: 3, kernelSize: 3, activation: "relu" }) }),
    [3, 6, 5, 2],
  ),
  "TimeDistributed Flatten": one(() => L.timeDistributed({ layer: L.flatten() }), [3, 4, 5]),
  "TimeDistributed LSTM": one(() => L.timeDistributed({ layer: rnn("lstm") }), [3, 5, 4]),
  "TimeDistributed Bidirectional": one(
    () => L.timeDistributed({ layer: L.bidirectional({ layer: rnn("gru"), mergeMode: "concat" }) }),
    [3, 5, 4],
  ),
  "TimeDistributed model": one(
    () =>
      L.timeDistributed({
        layer: tfl.sequential({
          layers: [L.dense({ units: 3, inputShape: [4] }), L.dense({ units: 2 })],
        }),
      }),
    [3, 4],
  ),
};

export const MASKED: Record<string, Make> = {
  ...each(pairs(kinds, pairs(bools, bools)), ([kind, [returnSequences, goBackwards]]) => [
    `masked ${kind}${returnSequences ? " sequences" : ""}${goBackwards ? " backwards" : ""}`,
    () => masked(rnn(kind, { returnSequences, goBackwards })),
  ]),
  ...each(kinds, (kind) => [
    `masked ${kind} swish`,
    () => masked(rnn(kind, { activation: "swish", returnSequences: true })),
  ]),
  ...each(pairs(kinds, bools), ([kind, returnSequences]) => [
    `masked Bidirectional ${kind}${returnSequences ? " sequences" : ""}`,
    () => masked(L.bidirectional({ layer: rnn(kind, { returnSequences }), mergeMode: "concat" })),
  ]),
  "masked stack of layers": () =>
    masked(
      L.dense({ units: 5 }),
      L.dropout({ rate: 0.2 }),
      rnn("gru", { returnSequences: true }),
      rnn("lstm"),
    ),
  "masked stacked cells": () =>
    masked(
      L.rnn({
        cell: L.stackedRNNCells({
          cells: [
            cell("lstm"),
            cell("gru", { activation: "swish", units: 2 }),
            cell("simpleRNN"),
          ] as never,
        }),
        returnSequences: true,
      }),
    ),
  "masked with states": () => {
    const x = tfl.input({ shape: [6], name: "tokens", dtype: "int32" });
    const h = tfl.input({ shape: [3], name: "h" });
    const c = tfl.input({ shape: [3], name: "c" });
    const words = L.embedding({ inputDim: 8, outputDim: 4, maskZero: true }).apply(x) as T;
    const out = rnn("lstm", { returnSequences: true }).apply([words, h, c]) as T[];
    return model([x, h, c], out, [HOLES, feed([5, 3]), feed([5, 3], 2)]);
  },
  "masked swish with initial state": () => {
    const x = tfl.input({ shape: [6], name: "tokens", dtype: "int32" });
    const h = tfl.input({ shape: [3], name: "h" });
    const words = L.embedding({ inputDim: 8, outputDim: 4, maskZero: true }).apply(x) as T;
    return model([x, h], rnn("gru", { activation: "swish" }).apply([words, h]) as T, [
      HOLES,
      feed([5, 3]),
    ]);
  },
  "dynamic time": () => {
    const x = tfl.input({ shape: [null], name: "tokens", dtype: "int32" });
    return model(
      [x],
      on(
        x,
        L.embedding({ inputDim: 8, outputDim: 4, maskZero: true }),
        rnn("lstm", { returnSequences: true, goBackwards: true }),
        rnn("gru"),
      ),
      [HOLES],
    );
  },
  Masking: () => {
    const x = tfl.input({ shape: [6, 2], name: "x" });
    const data = HOLES.data.flatMap((v) => [v === 0 ? 0.5 : v / 4, v === 0 ? 0.5 : 0]);
    return model(
      [x],
      on(x, L.masking({ maskValue: 0.5 }), rnn("lstm", { returnSequences: true })),
      [{ shape: [5, 6, 2], data }],
    );
  },
  "a mask that nobody cleared reaches a decoder": () =>
    masked(rnn("lstm"), L.repeatVector({ n: 4 }), rnn("gru", { returnSequences: true })),
  "a stale mask read backwards": () =>
    masked(rnn("lstm"), L.repeatVector({ n: 4 }), rnn("gru", { goBackwards: true })),
  "a convolution does not stop a mask": () =>
    masked(L.conv1d({ filters: 4, kernelSize: 3, padding: "same" }), rnn("lstm")),
  "an independent branch that runs later is masked": () => {
    const x = tfl.input({ shape: [6], name: "tokens", dtype: "int32" });
    const y = tfl.input({ shape: [6, 2], name: "y" });
    const a = on(x, L.embedding({ inputDim: 8, outputDim: 4, maskZero: true }), rnn("gru"));
    return model([x, y], [a, rnn("gru").apply(y) as T], [HOLES, feed([5, 6, 2])]);
  },
  "an independent branch that runs first is not": () => {
    const x = tfl.input({ shape: [6], name: "tokens", dtype: "int32" });
    const y = tfl.input({ shape: [6, 2], name: "y" });
    const a = on(x, L.embedding({ inputDim: 8, outputDim: 4, maskZero: true }), rnn("gru"));
    return model([x, y], L.concatenate().apply([a, rnn("gru").apply(y) as T]) as T, [
      HOLES,
      feed([5, 6, 2]),
    ]);
  },
  "concatenated masks": () => {
    const x = tfl.input({ shape: [6], name: "tokens", dtype: "int32" });
    const y = tfl.input({ shape: [6], name: "others", dtype: "int32" });
    const word = (t: T) => L.embedding({ inputDim: 8, outputDim: 4, maskZero: true }).apply(t) as T;
    const both = L.concatenate().apply([word(x), word(y)]) as T;
    return model([x, y], rnn("lstm", { returnSequences: true }).apply(both) as T, [
      HOLES,
      ids([5, 6], 3),
    ]);
  },
  "masks one after the other": () => {
    const x = tfl.input({ shape: [6], name: "tokens", dtype: "int32" });
    const y = tfl.input({ shape: [3], name: "others", dtype: "int32" });
    const word = (t: T) => L.embedding({ inputDim: 8, outputDim: 4, maskZero: true }).apply(t) as T;
    const both = L.concatenate({ axis: 1 }).apply([word(x), word(y)]) as T;
    return model([x, y], rnn("lstm", { returnSequences: true }).apply(both) as T, [
      HOLES,
      ids([5, 3], 2),
    ]);
  },
  "a softmax under a mask": () => masked(L.dense({ units: 1 }), L.flatten(), L.softmax()),
  "a mask enters a nested model": () =>
    masked(
      tfl.sequential({
        layers: [L.dense({ units: 3, inputShape: [6, 4] }), rnn("lstm")],
      }) as unknown as Layer,
    ),
  "a mask made in a nested model stays there": () => {
    const x = tfl.input({ shape: [6], name: "tokens", dtype: "int32" });
    const inner = tfl.sequential({
      layers: [
        L.embedding({ inputDim: 8, outputDim: 4, maskZero: true, inputLength: 6 }),
        L.dense({ units: 3 }),
      ],
    });
    return model([x], on(x, inner as unknown as Layer, rnn("lstm")), [HOLES]);
  },
  "a mask made in an inlined model leaves it": () => {
    const inner = tfl.sequential({
      layers: [
        L.embedding({ inputDim: 8, outputDim: 4, maskZero: true, inputLength: 6 }),
        L.dense({ units: 3 }),
      ],
    });
    return { model: tfl.sequential({ layers: [inner, rnn("lstm")] }), feeds: [HOLES] };
  },
};

export const NESTED: Record<string, Make> = {
  "nested functional model called twice": () => {
    const a = tfl.input({ shape: [4], name: "a" });
    const b = tfl.input({ shape: [4], name: "b" });
    const z = tfl.input({ shape: [4], name: "z" });
    const inner = tfl.model({
      inputs: z,
      outputs: [L.dense({ units: 3 }).apply(z) as T, L.dense({ units: 2 }).apply(z) as T],
    });
    const [a1, a2] = inner.apply(a) as T[];
    const [b1] = inner.apply(b) as T[];
    return model(
      [a, b],
      [L.add().apply([a1 as T, b1 as T]) as T, a2 as T],
      [feed([2, 4]), feed([2, 4], 2)],
    );
  },
  "Sequential in Sequential in Sequential": () => {
    const innermost = tfl.sequential({
      layers: [L.dense({ units: 3, inputShape: [4] }), L.activation({ activation: "tanh" })],
    });
    const inner = tfl.sequential({ layers: [innermost, L.dense({ units: 5 })] });
    return {
      model: tfl.sequential({
        layers: [
          inner,
          L.dense({ units: 2 }),
          tfl.sequential({ layers: [L.dense({ units: 2, inputShape: [2] })] }),
        ],
      }),
      feeds: [feed([2, 4])],
    };
  },
  "a layer shared at two depths": () => {
    const x = tfl.input({ shape: [4], name: "x" });
    const dense = L.dense({ units: 4, activation: "relu" });
    const once = dense.apply(x) as T;
    return model([x], [once, dense.apply(dense.apply(once) as T) as T], [feed([2, 4])]);
  },
  "outputs that are an input and an intermediate tensor": () => {
    const x = tfl.input({ shape: [4], name: "x" });
    const middle = L.dense({ units: 3 }).apply(x) as T;
    return model([x], [x, middle, L.reLU().apply(middle) as T], [feed([2, 4])]);
  },
  "convolutional autoencoder": () =>
    chain(
      [8, 8, 3],
      L.conv2d({ filters: 4, kernelSize: 3, strides: 2, padding: "same", activation: "relu" }),
      L.batchNormalization(),
      L.conv2d({ filters: 6, kernelSize: 3, strides: 2, padding: "same", activation: "relu" }),
      L.flatten(),
      L.dense({ units: 5 }),
      L.dense({ units: 24 }),
      L.reshape({ targetShape: [2, 2, 6] }),
      L.conv2dTranspose({ filters: 4, kernelSize: 3, strides: 2, padding: "same", useBias: false }),
      L.batchNormalization(),
      L.reLU(),
      L.upSampling2d({}),
      L.conv2d({ filters: 3, kernelSize: 3, padding: "same", activation: "sigmoid" }),
    ),
};
