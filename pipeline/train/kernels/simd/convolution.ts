/** Convolutions and their gradients by the kernels of this folder. */

import type { backend_util, TensorInfo } from "@tensorflow/tfjs-core";
import { addressOf, allocate, withScratch } from "../heap.ts";
import { simdKernels } from "./load.ts";
import { PARTS } from "./threads.ts";

/** TILES and FREQUENCIES of winograd.c. */
const TILES = 32;
const FREQUENCIES = 16;

type Shape4D = [number, number, number, number];
type Info = backend_util.Conv2DInfo;

/** Whether winograd.c computes this convolution and its gradients. */
export function suitsWinograd(info: Info): boolean {
  return (
    info.filterHeight === 3 &&
    info.filterWidth === 3 &&
    info.strideHeight === 1 &&
    info.strideWidth === 1 &&
    info.dilationHeight === 1 &&
    info.dilationWidth === 1 &&
    info.inChannels % 4 === 0 &&
    info.outChannels % 4 === 0
  );
}

/** Whether convolution.c computes this convolution; XNNPACK's matrix product is better for filters of a single pixel. */
export function suitsDirect(info: Info): boolean {
  return (
    info.filterHeight * info.filterWidth > 1 &&
    info.dilationHeight === 1 &&
    info.dilationWidth === 1 &&
    info.outChannels % 4 === 0
  );
}

/** y [n, oh, ow, out] from x [n, h, w, in], the filter [3, 3, in, out] and the bias [out]. */
export function winogradConvolution(
  backend: object,
  x: TensorInfo,
  filter: TensorInfo,
  info: Info,
  bias?: TensorInfo,
): TensorInfo {
  const { top, left } = info.padInfo;
  return winograd(backend, x, filter, { out: info.outShape, top, left, rotated: false, bias });
}

/** dx [n, h, w, in] from dy [n, oh, ow, out] and the filter [3, 3, in, out]. */
export function winogradInputGradient(
  backend: object,
  dy: TensorInfo,
  filter: TensorInfo,
  info: Info,
): TensorInfo {
  // A full correlation with the filter rotated by 180 degrees; the forward pass's padding is cut off again.
  const { top, left } = info.padInfo;
  return winograd(backend, dy, filter, {
    out: info.inShape,
    top: 2 - top,
    left: 2 - left,
    rotated: true,
  });
}

interface WinogradOptions {
  readonly out: number[];
  readonly top: number;
  readonly left: number;
  readonly rotated: boolean;
  readonly bias?: TensorInfo | undefined;
}

function winograd(
  backend: object,
  x: TensorInfo,
  filter: TensorInfo,
  { out, top, left, rotated, bias }: WinogradOptions,
): TensorInfo {
  const y = allocate(backend, out);
  const [images, height, width, inputs] = x.shape as Shape4D;
  const [, outHeight, outWidth, outputs] = out as Shape4D;
  const { run, threads } = simdKernels(backend);
  const filterSize = FREQUENCIES * inputs * outputs;
  const scratchSize = threads * FREQUENCIES * TILES * (inputs + outputs);
  withScratch(backend, filterSize + scratchSize, (u) => {
    const from = addressOf(backend, filter);
    run("winogradFilter", [from, u, inputs, outputs, Number(rotated)], 1);
    const sizes = [images, height, width, inputs, outHeight, outWidth, outputs, top, left];
    const tensors = [addressOf(backend, x), u, bias ? addressOf(backend, bias) : 0];
    const tiles = images * Math.ceil(outHeight / 2) * Math.ceil(outWidth / 2);
    const scratch = u + filterSize * Float32Array.BYTES_PER_ELEMENT;
    const args = [...tensors, addressOf(backend, y), ...sizes, scratch];
    run("winogradConvolution", args, Math.ceil(tiles / TILES));
  });
  return y;
}

/** dw [3, 3, in, out] from x [n, h, w, in] and dy [n, oh, ow, out]. */
export function winogradFilterGradient(
  backend: object,
  x: TensorInfo,
  dy: TensorInfo,
  info: Info,
): TensorInfo {
  const { inChannels, outChannels, padInfo } = info;
  const { run, threads } = simdKernels(backend);
  const size = inChannels * outChannels;
  const each = FREQUENCIES * (size + TILES * (inChannels + outChannels));
  return sumOfParts(backend, info, (parts, count) =>
    withScratch(backend, threads * each, (scratch) => {
      const sizes = [...info.inShape, info.outHeight, info.outWidth, outChannels];
      const args = [addressOf(backend, x), addressOf(backend, dy), parts, ...sizes];
      const last = [padInfo.top, padInfo.left, count, scratch];
      run("winogradFilterGradient", [...args, ...last], count);
    }),
  );
}

/** y [n, oh, ow, out] from x [n, h, w, in], the filter [kh, kw, in, out] and the bias [out], with XNNPACK's bits. */
export function directConvolution(
  backend: object,
  [x, filter, bias]: readonly [TensorInfo, TensorInfo, (TensorInfo | undefined)?],
  info: Info,
  relu: boolean,
): TensorInfo {
  const y = allocate(backend, info.outShape);
  const { inChannels, outHeight, outWidth, outChannels, filterHeight, filterWidth } = info;
  withPadded(backend, x, info, (from, height, width) => {
    const tensors = [from, addressOf(backend, filter), bias ? addressOf(backend, bias) : 0];
    const sizes = [height, width, inChannels, outHeight, outWidth, outChannels];
    const window = [filterHeight, filterWidth, info.strideHeight, info.strideWidth, Number(relu)];
    const args = [...tensors, addressOf(backend, y), ...sizes, ...window];
    simdKernels(backend).run("convolution", args, info.batchSize);
  });
  return y;
}

/** dw [kh, kw, in, out] from x [n, h, w, in] and dy [n, oh, ow, out], out a multiple of four. */
export function directFilterGradient(
  backend: object,
  x: TensorInfo,
  dy: TensorInfo,
  info: Info,
): TensorInfo {
  const { inChannels, outHeight, outWidth, outChannels, filterHeight, filterWidth } = info;
  return sumOfParts(backend, info, (parts, count) =>
    withPadded(backend, x, info, (from, height, width) => {
      const sizes = [height, width, inChannels, outHeight, outWidth, outChannels];
      const window = [filterHeight, filterWidth, info.strideHeight, info.strideWidth];
      const tensors = [from, addressOf(backend, dy), parts];
      const args = [...tensors, info.batchSize, ...sizes, ...window, count];
      simdKernels(backend).run("filterGradient", args, count);
    }),
  );
}

/** dw [kh, kw, in, out], the sum of parts that `fill` computes at an address, one after the other. */
function sumOfParts(
  backend: object,
  { batchSize, filterShape }: Info,
  fill: (parts: number, count: number) => void,
): TensorInfo {
  const dw = allocate(backend, filterShape);
  const size = filterShape.reduce((product, side) => product * side, 1);
  const count = Math.min(PARTS, batchSize);
  withScratch(backend, count * size, (parts) => {
    fill(parts, count);
    simdKernels(backend).run("sumParts", [parts, addressOf(backend, dw), count, size], 1);
  });
  return dw;
}

/** Runs `f` with x padded exactly as far as the windows reach, and without what no window reaches. */
function withPadded(
  backend: object,
  x: TensorInfo,
  info: Info,
  f: (address: number, height: number, width: number) => void,
): void {
  const { batchSize, inHeight, inWidth, inChannels } = info;
  const { top, left } = info.padInfo;
  const height = (info.outHeight - 1) * info.strideHeight + info.filterHeight;
  const width = (info.outWidth - 1) * info.strideWidth + info.filterWidth;
  // Windows that skip the last rows may begin above the image and still span as many rows as it has.
  if (height === inHeight && width === inWidth && top === 0 && left === 0) {
    f(addressOf(backend, x), height, width);
    return;
  }
  withScratch(backend, batchSize * height * width * inChannels, (padded) => {
    const sizes = [inHeight, inWidth, inChannels, top, left, height, width];
    simdKernels(backend).run("padImages", [addressOf(backend, x), padded, ...sizes], batchSize);
    f(padded, height, width);
  });
}
