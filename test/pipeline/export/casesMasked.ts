/** The table of test models with masks. */
import * as tfl from "@tensorflow/tfjs-layers";
import type { Layer, Make } from "./cases.ts";
import { type Case, type Feed, feed, ids } from "./parity.ts";
import { bools, cell, each, kinds, model, pairs, rnn } from "./recurrentModels.ts";
import { on, outputsOf, type T } from "./symbolic.ts";

const L = tfl.layers;

/** Token rows with holes at every kind of place: none, right, left, middle, all. */
const HOLES: Feed = {
  shape: [5, 6],
  data: [1, 2, 3, 4, 5, 6, 1, 2, 3, 0, 0, 0, 0, 0, 4, 5, 6, 7, 1, 0, 2, 0, 0, 3, 0, 0, 0, 0, 0, 0],
};

/** Embedding with a mask, then these layers. */
function masked(...stack: Layer[]): Case {
  const x = tfl.input({ shape: [6], name: "tokens", dtype: "int32" });
  return model([x], on(x, L.embedding({ inputDim: 8, outputDim: 4, maskZero: true }), ...stack), [
    HOLES,
  ]);
}

/** The recurrent layers that hand a mask on with their sequence, one per class. */
const SEQUENCES: Record<string, () => Layer> = {
  SimpleRNN: () => rnn("simpleRNN", { returnSequences: true }),
  GRU: () => rnn("gru", { returnSequences: true }),
  LSTM: () => rnn("lstm", { returnSequences: true }),
  RNN: () => L.rnn({ cell: cell("gru") as never, returnSequences: true }),
  Bidirectional: () =>
    L.bidirectional({ layer: rnn("gru", { returnSequences: true }), mergeMode: "concat" }),
};

const words = (x: T, ...stack: Layer[]) =>
  on(x, L.embedding({ inputDim: 8, outputDim: 4, maskZero: true }), ...stack);

/** A recurrent branch and one of words, whose masks have holes in different places, read together by a GRU. */
function twoMasks(layer: Layer, recurrentFirst: boolean): Case {
  const x = tfl.input({ shape: [6], name: "tokens", dtype: "int32" });
  const y = tfl.input({ shape: [6], name: "others", dtype: "int32" });
  const branches = recurrentFirst ? [words(x, layer), words(y)] : [words(y), words(x, layer)];
  return model([x, y], on(branches, L.concatenate(), rnn("gru", { returnSequences: true })), [
    HOLES,
    ids([5, 6], 2),
  ]);
}

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
    const words = on(x, L.embedding({ inputDim: 8, outputDim: 4, maskZero: true }));
    const out = outputsOf([words, h, c], rnn("lstm", { returnSequences: true }));
    return model([x, h, c], out, [HOLES, feed([5, 3]), feed([5, 3], 2)]);
  },
  "masked swish with initial state": () => {
    const x = tfl.input({ shape: [6], name: "tokens", dtype: "int32" });
    const h = tfl.input({ shape: [3], name: "h" });
    const words = on(x, L.embedding({ inputDim: 8, outputDim: 4, maskZero: true }));
    return model([x, h], on([words, h], rnn("gru", { activation: "swish" })), [
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
    return model([x, y], [a, on(y, rnn("gru"))], [HOLES, feed([5, 6, 2])]);
  },
  "an independent branch that runs first is not": () => {
    const x = tfl.input({ shape: [6], name: "tokens", dtype: "int32" });
    const y = tfl.input({ shape: [6, 2], name: "y" });
    const a = on(x, L.embedding({ inputDim: 8, outputDim: 4, maskZero: true }), rnn("gru"));
    return model([x, y], on([a, on(y, rnn("gru"))], L.concatenate()), [HOLES, feed([5, 6, 2])]);
  },
  "concatenated masks": () => {
    const x = tfl.input({ shape: [6], name: "tokens", dtype: "int32" });
    const y = tfl.input({ shape: [6], name: "others", dtype: "int32" });
    const word = (t: T) => on(t, L.embedding({ inputDim: 8, outputDim: 4, maskZero: true }));
    const both = on([word(x), word(y)], L.concatenate());
    return model([x, y], on(both, rnn("lstm", { returnSequences: true })), [HOLES, ids([5, 6], 3)]);
  },
  "masks one after the other": () => {
    const x = tfl.input({ shape: [6], name: "tokens", dtype: "int32" });
    const y = tfl.input({ shape: [3], name: "others", dtype: "int32" });
    const word = (t: T) => on(t, L.embedding({ inputDim: 8, outputDim: 4, maskZero: true }));
    const both = on([word(x), word(y)], L.concatenate({ axis: 1 }));
    return model([x, y], on(both, rnn("lstm", { returnSequences: true })), [HOLES, ids([5, 3], 2)]);
  },
  ...each(pairs(Object.entries(SEQUENCES), bools), ([[name, layer], recurrentFirst]) => [
    `the mask of a ${name} ${recurrentFirst ? "before" : "after"} another mask`,
    () => twoMasks(layer(), recurrentFirst),
  ]),
  ...each(Object.entries(SEQUENCES), ([name, layer]) => [
    `the mask of a ${name} before steps without one`,
    () => {
      const x = tfl.input({ shape: [6], name: "tokens", dtype: "int32" });
      const y = tfl.input({ shape: [3, 1], name: "y" });
      const steps = words(x, layer(), L.dense({ units: 1 }));
      const both = on([steps, y], L.concatenate({ axis: 1 }));
      return model([x, y], on(both, rnn("gru", { returnSequences: true })), [
        HOLES,
        feed([5, 3, 1]),
      ]);
    },
  ]),
  ...each(kinds, (kind) => [
    `the mask of a ${kind} ends with its last step`,
    () => {
      const x = tfl.input({ shape: [6], name: "tokens", dtype: "int32" });
      const y = tfl.input({ shape: [3], name: "y" });
      const sum = on([words(x, rnn(kind)), y], L.add());
      return model([x, y], on(sum, L.repeatVector({ n: 6 }), rnn("gru")), [HOLES, feed([5, 3])]);
    },
  ]),
  "a softmax under a mask": () => masked(L.dense({ units: 1 }), L.flatten(), L.softmax()),
  "a mask enters a nested model": () =>
    masked(
      tfl.sequential({
        layers: [L.dense({ units: 3, inputShape: [6, 4] }), rnn("lstm")],
      }),
    ),
  "a mask made in a nested model stays there": () => {
    const x = tfl.input({ shape: [6], name: "tokens", dtype: "int32" });
    const inner = tfl.sequential({
      layers: [
        L.embedding({ inputDim: 8, outputDim: 4, maskZero: true, inputLength: 6 }),
        L.dense({ units: 3 }),
      ],
    });
    return model([x], on(x, inner, rnn("lstm")), [HOLES]);
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
