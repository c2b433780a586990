/** The table of recurrent and wrapped test models. */
import * as tfl from "@tensorflow/tfjs-layers";
import { type Layer, type Make, one } from "./cases.ts";
import { feed } from "./parity.ts";
import {
  bools,
  cell,
  each,
  kinds,
  model,
  pairs,
  recurrentInitializer,
  rnn,
} from "./recurrentModels.ts";
import { on, outputsOf, type T } from "./symbolic.ts";

const L = tfl.layers;

/** A ConvLSTM2D in both directions. */
function bothWays(config: object, mergeMode: "concat" | "sum" | null = "concat"): Layer {
  const layer = L.convLstm2d({
    filters: 2,
    kernelSize: 2,
    recurrentInitializer,
    ...config,
  } as never);
  return L.bidirectional({ layer: layer as never, mergeMode: mergeMode as never });
}

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
    return model([x], outputsOf(x, layer), [feed([2, 5, 4])]);
  },
  "Bidirectional states": () => {
    const x = tfl.input({ shape: [5, 4], name: "x" });
    const layer = L.bidirectional({
      layer: rnn("gru", { returnState: true }),
      mergeMode: "concat",
    });
    return model([x], outputsOf(x, layer), [feed([2, 5, 4])]);
  },
  "encoder and decoder": () => {
    const x = tfl.input({ shape: [5, 4], name: "x" });
    const y = tfl.input({ shape: [3, 2], name: "y" });
    const [, h, c] = outputsOf<[T, T, T]>(x, rnn("lstm", { returnState: true }));
    const out = outputsOf([y, h, c], rnn("lstm", { returnSequences: true, returnState: true }));
    return model([x, y], out, [feed([2, 5, 4]), feed([2, 3, 2], 2)]);
  },
  "GRU initial state": () => {
    const x = tfl.input({ shape: [5, 4], name: "x" });
    const h = tfl.input({ shape: [3], name: "h" });
    return model([x, h], on([x, h], rnn("gru")), [feed([2, 5, 4]), feed([2, 3], 2)]);
  },
  "Bidirectional initial states": () => {
    const x = tfl.input({ shape: [5, 4], name: "x" });
    const states = [0, 1, 2, 3].map((i) => tfl.input({ shape: [3], name: `s${i}` }));
    const layer = L.bidirectional({
      layer: rnn("lstm", { returnSequences: true }),
      mergeMode: "concat",
    });
    return model([x, ...states], on([x, ...states], layer), [
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
      outputsOf(x, L.rnn({ cell: cells, returnSequences: true, returnState: true })),
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
  "Bidirectional ConvLSTM2D": one(() => bothWays({ returnSequences: true }), [3, 5, 4, 2]),
  "Bidirectional ConvLSTM2D last step, sum": one(
    () => bothWays({ goBackwards: true }, "sum"),
    [3, 5, 4, 2],
  ),
  "Bidirectional ConvLSTM2D channelsFirst, states, two outputs": one(
    () => bothWays({ returnState: true, dataFormat: "channelsFirst" }, null),
    [3, 2, 5, 4],
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
