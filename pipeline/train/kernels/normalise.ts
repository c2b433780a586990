/** Batch normalisation in training, ReLU and pooling, in one pass over memory instead of one for each operation. */

import type { KernelFunc, TensorInfo } from "@tensorflow/tfjs-core";
import {
  addressOf,
  allocate,
  doublesAt,
  floatsAt,
  floatView,
  inputsOf,
  withScratch,
} from "./heap.ts";
import { simdKernels } from "./simd/load.ts";
import { PARTS } from "./simd/threads.ts";

export interface NormaliseAttrs {
  /** Added to the variance. */
  readonly epsilon: number;
  readonly relu: boolean;
  /** Side and stride of the windows whose maxima are the output; 1 for no pooling. */
  readonly window: 1 | 2;
}

/** What is normalised: x [n, h, w, c] and, per channel, mean and variance (absent: 0 and 1), gamma (absent: 1) and beta. */
interface Inputs {
  readonly x: TensorInfo;
  readonly mean: TensorInfo | undefined;
  readonly variance: TensorInfo | undefined;
  readonly gamma: TensorInfo | undefined;
  readonly beta: TensorInfo;
}

/** x [n, h, w, c] -> its mean and variance per channel [c], summed in float64. */
export const channelMoments: KernelFunc = ({ inputs, backend }) => {
  const { x } = inputsOf<{ x: TensorInfo }>(inputs);
  const channels = x.shape.at(-1)!;
  const rows = x.shape.reduce((product, side) => product * side, 1) / channels;
  const outputs = [allocate(backend, [channels]), allocate(backend, [channels])];
  const count = Math.min(PARTS, rows);
  const [sums, squares] = sumsOf(backend, channels, count, (parts) => {
    const args = [addressOf(backend, x), parts, rows, channels, count];
    simdKernels(backend).run("channelSums", args, count);
  });
  const [mean, variance] = outputs.map((tensor) => floatView(backend, tensor));
  for (let c = 0; c < channels; c++) {
    const average = sums[c]! / rows;
    mean![c] = average;
    variance![c] = Math.max(0, squares[c]! / rows - average * average);
  }
  return outputs;
};

/** y [n, ceil(h / window), ceil(w / window), c]: the windows' maxima of relu((x - mean) / sqrt(variance + epsilon) * gamma + beta). */
export const normalisePool: KernelFunc = ({ inputs, backend, attrs }) => {
  const given = inputsOf<Inputs>(inputs);
  const { relu, window } = attrs as unknown as NormaliseAttrs;
  const [images, height, width, channels] = given.x.shape as [number, number, number, number];
  const outShape = [images, Math.ceil(height / window), Math.ceil(width / window), channels];
  const y = allocate(backend, outShape);
  withNorm(backend, given, attrs as unknown as NormaliseAttrs, ({ norm }) => {
    const sizes = [height, width, channels, window, Number(relu)];
    const args = [...norm, addressOf(backend, y), ...sizes];
    simdKernels(backend).run("normalise", args, images);
  });
  return y;
};

/** Gradients of `normalisePool`: of x, of beta and of gamma; through mean and variance, where they are those of x. */
export const normalisePoolGrad: KernelFunc = ({ inputs, backend, attrs }) => {
  const { dy, ...given } = inputsOf<Inputs & { dy: TensorInfo }>(inputs);
  const { relu, window } = attrs as unknown as NormaliseAttrs;
  const [images, height, width, channels] = given.x.shape as [number, number, number, number];
  const dx = allocate(backend, given.x.shape);
  const [dbeta, dgamma] = [allocate(backend, [channels]), allocate(backend, [channels])];
  const { run } = simdKernels(backend);
  const count = Math.min(PARTS, images);
  withNorm(backend, given, attrs as unknown as NormaliseAttrs, ({ norm, inverse, gain, extra }) => {
    const sizes = [height, width, channels, window, Number(relu)];
    const gradient = addressOf(backend, dy);
    const [sums, products] = sumsOf(backend, channels, count, (parts) => {
      run("normalisationSums", [...norm, gradient, parts, images, ...sizes, count], count);
    });
    floatView(backend, dbeta).set(sums);
    floatView(backend, dgamma).set(products.map((product, c) => product * inverse[c]!));
    const rows = images * height * width;
    const measured = given.mean !== undefined;
    const less = sums.map((sum, c) => (measured ? (gain[c]! * sum) / rows : 0));
    const slope = products.map((product, c) =>
      measured ? (gain[c]! * inverse[c]! ** 2 * product) / rows : 0,
    );
    const [lessAt, slopeAt] = extra([less, slope]);
    run(
      "normalisationGradient",
      [...norm, gradient, lessAt!, slopeAt!, addressOf(backend, dx), ...sizes],
      images,
    );
  });
  return [dx, dbeta, dgamma];
};

/** Sums of pairs of numbers per channel, in float64: of all parts that `fill` writes, in order. */
function sumsOf(
  backend: object,
  channels: number,
  count: number,
  fill: (parts: number) => void,
): [Float64Array, Float64Array] {
  const size = 2 * channels;
  // Twice as many floats as doubles, and one more double to start at a multiple of eight.
  return withScratch(backend, 2 * (count * size + 1), (address) => {
    const parts = Math.ceil(address / 8) * 8;
    fill(parts);
    const values = doublesAt(backend, parts, count * size);
    const sums = new Float64Array(size);
    for (const [i, value] of values.entries()) sums[i % size]! += value;
    return [sums.subarray(0, channels), sums.subarray(channels)];
  });
}

interface Norm {
  /** Addresses of x, mean, gain and offset, as the kernels take them. */
  readonly norm: readonly number[];
  /** 1 / sqrt(variance + epsilon), per channel. */
  readonly inverse: Float64Array;
  /** That times gamma. */
  readonly gain: Float64Array;
  /** Copies two more arrays of a number per channel to the heap, as float32. @returns Their addresses. */
  readonly extra: (arrays: readonly [Float64Array, Float64Array]) => number[];
}

function withNorm(
  backend: object,
  { x, mean, variance, gamma, beta }: Inputs,
  { epsilon }: NormaliseAttrs,
  f: (norm: Norm) => void,
): void {
  const channels = beta.shape[0]!;
  withScratch(backend, 4 * channels, (address) => {
    const place = (i: number) => address + i * channels * Float32Array.BYTES_PER_ELEMENT;
    const put = (i: number, values: ArrayLike<number>) => {
      floatsAt(backend, place(i), channels).set(values);
      return place(i);
    };
    const variances = variance && floatView(backend, variance);
    const factors = gamma && floatView(backend, gamma);
    const inverse = Float64Array.from({ length: channels }, (_, c) =>
      variances ? 1 / Math.sqrt(variances[c]! + epsilon) : 1,
    );
    const gain = inverse.map((value, c) => (factors ? value * factors[c]! : value));
    const centre = mean ? addressOf(backend, mean) : put(0, new Float32Array(channels));
    const norm = [addressOf(backend, x), centre, put(1, gain), addressOf(backend, beta)];
    const extra: Norm["extra"] = ([first, second]) => [put(2, first), put(3, second)];
    f({ norm, inverse, gain, extra });
  });
}
