/** The table of test models with models and shared layers inside. */
import * as tfl from "@tensorflow/tfjs-layers";
import { chain, type Make } from "./cases.ts";
import { feed } from "./parity.ts";
import { model } from "./recurrentModels.ts";
import { on, outputsOf, type T } from "./symbolic.ts";

const L = tfl.layers;

export const NESTED: Record<string, Make> = {
  "nested functional model called twice": () => {
    const a = tfl.input({ shape: [4], name: "a" });
    const b = tfl.input({ shape: [4], name: "b" });
    const z = tfl.input({ shape: [4], name: "z" });
    const inner = tfl.model({
      inputs: z,
      outputs: [on(z, L.dense({ units: 3 })), on(z, L.dense({ units: 2 }))],
    });
    const [a1, a2] = outputsOf<[T, T]>(a, inner);
    const [b1] = outputsOf<[T, T]>(b, inner);
    return model([a, b], [on([a1, b1], L.add()), a2], [feed([2, 4]), feed([2, 4], 2)]);
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
    const once = on(x, dense);
    return model([x], [once, on(once, dense, dense)], [feed([2, 4])]);
  },
  "outputs that are an input and an intermediate tensor": () => {
    const x = tfl.input({ shape: [4], name: "x" });
    const middle = on(x, L.dense({ units: 3 }));
    return model([x], [x, middle, on(middle, L.reLU())], [feed([2, 4])]);
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
