/** Forward convolutions by our kernels: right values, and for frozen networks the bits that tfjs's own kernel gives. */

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { dirname, sep } from "node:path";
import { before, test } from "node:test";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { startBackend } from "../../../../pipeline/train/backend.ts";

const KERNELS = ["Conv2D", "FusedConv2D"] as const;
const library = new Map<string, tf.KernelFunc>();

before(async () => {
  const require = createRequire(import.meta.url);
  setWasmPaths(dirname(require.resolve("@tensorflow/tfjs-backend-wasm")) + sep);
  await tf.setBackend("wasm");
  for (const name of KERNELS) library.set(name, tf.getKernel(name, "wasm")!.kernelFunc);
  await startBackend("wasm");
});

interface Case {
  readonly shape: readonly [height: number, width: number, inputs: number, outputs: number];
  readonly side: number;
  readonly stride: number;
  readonly pad: "same" | "valid" | number;
}

function tensorsOf({ shape: [height, width, inputs, outputs], side }: Case) {
  return {
    x: tf.randomNormal([3, height, width, inputs], 0, 1, "float32", 1) as tf.Tensor4D,
    filter: tf.randomNormal([side, side, inputs, outputs], 0, 1, "float32", 2) as tf.Tensor4D,
    bias: tf.randomNormal([outputs], 0, 1, "float32", 3) as tf.Tensor1D,
  };
}

/** What a kernel computes, of tensors that tfjs does not see. */
function compute(kernel: tf.KernelFunc, inputs: object, attrs: object): Float32Array {
  const backend = tf.backend();
  const out = kernel({
    inputs,
    attrs: attrs as tf.NamedAttrMap,
    backend,
  } as never) as tf.TensorInfo;
  return backend.readSync(out.dataId) as Float32Array;
}

const same = (pad: Case["pad"], stride: number) => ({
  strides: [stride, stride],
  dilations: [1, 1],
  pad,
  dataFormat: "NHWC",
});

const DIRECT: readonly Case[] = [
  { shape: [31, 17, 3, 32], side: 3, stride: 2, pad: "same" },
  { shape: [13, 22, 3, 24], side: 5, stride: 2, pad: "same" },
  { shape: [9, 7, 8, 12], side: 3, stride: 2, pad: "valid" },
  { shape: [8, 8, 5, 4], side: 7, stride: 1, pad: "same" },
  // The windows leave out the last row, and span as many as the image has.
  { shape: [7, 7, 4, 4], side: 4, stride: 3, pad: 1 },
];

for (const direct of DIRECT) {
  test(`a convolution as it lies has the library's bits: ${JSON.stringify(direct)}`, () => {
    const { x, filter, bias } = tensorsOf(direct);
    const runs = [
      ["Conv2D", { x, filter }, {}],
      ["FusedConv2D", { x, filter, bias }, { activation: "linear" }],
      ["FusedConv2D", { x, filter, bias }, { activation: "relu" }],
    ] as const;
    for (const [name, inputs, more] of runs) {
      const attrs = { ...same(direct.pad, direct.stride), ...more };
      const ours = tf.getKernel(name, "wasm")!.kernelFunc;
      assert.notEqual(ours, library.get(name));
      assert.deepEqual(compute(ours, inputs, attrs), compute(library.get(name)!, inputs, attrs));
    }
  });
}

const WINOGRAD: readonly Case[] = [
  // Odd sides, channels that are no multiple of eight, more tiles than are transformed at a time.
  { shape: [9, 7, 8, 12], side: 3, stride: 1, pad: "same" },
  { shape: [14, 13, 4, 8], side: 3, stride: 1, pad: "same" },
  { shape: [7, 8, 12, 4], side: 3, stride: 1, pad: "valid" },
];

for (const winograd of WINOGRAD) {
  test(`Winograd's convolution: ${JSON.stringify(winograd)}`, () => {
    const { x, filter, bias } = tensorsOf(winograd);
    for (const [name, inputs] of [
      ["Conv2D", { x, filter }],
      ["FusedConv2D", { x, filter, bias }],
    ] as const) {
      const attrs = { ...same(winograd.pad, 1), activation: "linear" };
      const ours = compute(tf.getKernel(name, "wasm")!.kernelFunc, inputs, attrs);
      const expected = compute(library.get(name)!, inputs, attrs);
      // Other bits: it is not the library's kernel that is compared with itself.
      assert.notDeepEqual(ours, expected);
      for (const [i, value] of expected.entries()) {
        assert.ok(Math.abs(ours[i]! - value) < 2e-5, `${name}[${i}]: ${ours[i]}, not ${value}`);
      }
    }
  });
}
