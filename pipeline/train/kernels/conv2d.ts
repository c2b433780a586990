/**
 * Conv2D and its gradients: by kernels of our own where they suit, otherwise composed of forward convolutions.
 *
 * tfjs-backend-wasm has no Conv2DBackpropFilter, and its Conv2DBackpropInput is a plain loop. Both gradients are
 * convolutions themselves (Dumoulin and Visin 2016, "A guide to convolution arithmetic", section 4), and XNNPACK's forward
 * kernel is 4 to 6 times as fast as the loop or as one matmul per kernel position.
 */

import {
  backend_util,
  type Conv2DAttrs,
  type Conv2DBackpropFilterAttrs,
  type Conv2DBackpropInputAttrs,
  concat,
  conv2d,
  engine,
  type KernelFunc,
  pad,
  reshape,
  slice,
  type Tensor4D,
  type TensorInfo,
  tidy,
  transpose,
  zeros,
} from "@tensorflow/tfjs-core";
import { allocate, floatView, inputsOf } from "./heap.ts";
import {
  directConvolution,
  directFilterGradient,
  suitsDirect,
  suitsWinograd,
  winogradConvolution,
  winogradFilterGradient,
  winogradInputGradient,
} from "./simd/convolution.ts";

type Shape4D = [number, number, number, number];

/** Wraps the backend's Conv2D or FusedConv2D: leaves what our kernels do not suit to `fallback`. */
export function convolve(fallback: KernelFunc): KernelFunc {
  return (args) => {
    const { x, filter, bias } = inputsOf<{
      x: Tensor4D;
      filter: Tensor4D;
      bias: TensorInfo | undefined;
    }>(args.inputs);
    const {
      strides,
      dilations,
      pad: padding,
      dimRoundingMode,
      dataFormat,
      activation = "linear",
    } = args.attrs as unknown as Conv2DAttrs & { activation?: string };
    if (dataFormat !== "NHWC" || (bias && bias.shape.length !== 1)) return fallback(args);
    const info = backend_util.computeConv2DInfo(
      x.shape,
      filter.shape,
      strides,
      dilations,
      padding,
      dimRoundingMode,
    );
    if (activation === "linear" && suitsWinograd(info)) {
      return winogradConvolution(args.backend, x, filter, info, bias);
    }
    if ((activation === "linear" || activation === "relu") && suitsDirect(info)) {
      return directConvolution(args.backend, [x, filter, bias], info, activation === "relu");
    }
    return fallback(args);
  };
}

/** dW [kh, kw, in, out] from x [n, h, w, in] and dy [n, oh, ow, out]. */
export const conv2DBackpropFilter: KernelFunc = ({ inputs, backend, attrs }) => {
  const given = inputsOf<{ x: Tensor4D; dy: Tensor4D }>(inputs);
  const {
    strides,
    pad: padding,
    dimRoundingMode,
    filterShape,
    dataFormat,
  } = attrs as unknown as Conv2DBackpropFilterAttrs;
  assertChannelsLast(dataFormat);
  const info = backend_util.computeConv2DInfo(
    given.x.shape,
    filterShape,
    strides,
    1,
    padding,
    dimRoundingMode,
  );
  if (suitsWinograd(info)) return winogradFilterGradient(backend, given.x, given.dy, info);
  if (info.outChannels % 4 === 0) return directFilterGradient(backend, given.x, given.dy, info);
  return tidy(() => {
    // Sum over images and positions of x(position + offset) * dy(position): a convolution in which the images are the
    // channels, x's channels are the batch, dy is the filter, and the stride is that filter's dilation.
    const x = transpose(padToCover(given.x, info), [3, 1, 2, 0]); // [in, h', w', n]
    const filter = transpose(given.dy, [1, 2, 0, 3]); // [oh, ow, n, out]
    const gradient = conv2d(x, filter as Tensor4D, 1, "valid", "NHWC", [
      info.strideHeight,
      info.strideWidth,
    ]); // [in, kh, kw, out]
    return transpose(gradient, [1, 2, 0, 3]);
  });
};

/** dx [n, h, w, in] from dy [n, oh, ow, out] and the filter [kh, kw, in, out]. */
export const conv2DBackpropInput: KernelFunc = ({ inputs, backend, attrs }) => {
  const given = inputsOf<{ dy: Tensor4D; filter: Tensor4D }>(inputs);
  const {
    strides,
    pad: padding,
    dimRoundingMode,
    inputShape,
    dataFormat,
  } = attrs as unknown as Conv2DBackpropInputAttrs;
  assertChannelsLast(dataFormat);
  const info = backend_util.computeConv2DInfo(
    inputShape,
    given.filter.shape,
    strides,
    1,
    padding,
    dimRoundingMode,
  );
  if (suitsWinograd(info)) return winogradInputGradient(backend, given.dy, given.filter, info);
  return tidy(() => {
    const spread = spreadOut(given.dy, info.strideHeight, info.strideWidth);
    const { top, left } = info.padInfo;
    // A full correlation with the filter rotated by 180 degrees; the forward pass's padding is cut off again.
    const before: [number, number] = [info.filterHeight - 1 - top, info.filterWidth - 1 - left];
    const [, height, width] = spread.shape;
    const after: [number, number] = [
      info.inHeight + info.filterHeight - 1 - height - before[0],
      info.inWidth + info.filterWidth - 1 - width - before[1],
    ];
    const rotated = rotate(backend, given.filter);
    if (Math.min(...before, ...after) < 0)
      return conv2d(padOrCut(spread, before, after), rotated, 1, "valid");
    const around = [
      [0, 0],
      [before[0], after[0]],
      [before[1], after[1]],
      [0, 0],
    ] as const;
    return conv2d(spread, rotated, 1, around as backend_util.ExplicitPadding);
  });
};

/** The filter [kh, kw, in, out] rotated by 180 degrees, with its channels swapped: [kh, kw, out, in]. */
function rotate(backend: object, filter: Tensor4D): Tensor4D {
  const [height, width, inputs, outputs] = filter.shape;
  const out = allocate(backend, [height, width, outputs, inputs]);
  const from = floatView(backend, filter);
  const to = floatView(backend, out);
  const size = inputs * outputs;
  for (let start = 0; start < from.length; start += size) {
    const opposite = from.length - size - start;
    for (let i = 0; i < inputs; i++) {
      const row = start + i * outputs;
      for (let o = 0; o < outputs; o++) to[opposite + o * inputs + i] = from[row + o]!;
    }
  }
  return engine().makeTensorFromTensorInfo(out) as Tensor4D;
}

/** Pads x exactly as far as the windows reach, and cuts off what no window reaches. */
function padToCover(x: Tensor4D, info: backend_util.Conv2DInfo): Tensor4D {
  const { top, left } = info.padInfo;
  const reachHeight = (info.outHeight - 1) * info.strideHeight + info.filterHeight;
  const reachWidth = (info.outWidth - 1) * info.strideWidth + info.filterWidth;
  return padOrCut(
    x,
    [top, left],
    [reachHeight - info.inHeight - top, reachWidth - info.inWidth - left],
  );
}

/** Adds zeros around height and width; negative amounts cut off rows and columns. */
function padOrCut(x: Tensor4D, before: [number, number], after: [number, number]): Tensor4D {
  const cut = (amount: number) => Math.max(0, -amount);
  const [n, height, width, channels] = x.shape;
  const begin: Shape4D = [0, cut(before[0]), cut(before[1]), 0];
  const size: Shape4D = [
    n,
    height - cut(before[0]) - cut(after[0]),
    width - cut(before[1]) - cut(after[1]),
    channels,
  ];
  const whole = size[1] === height && size[2] === width;
  const cropped = whole ? x : slice(x, begin, size);
  return pad(cropped, [
    [0, 0],
    [Math.max(0, before[0]), Math.max(0, after[0])],
    [Math.max(0, before[1]), Math.max(0, after[1])],
    [0, 0],
  ]);
}

/** Inserts `stride - 1` zeros after every row and column: [n, h, w, c] -> [n, h * sh, w * sw, c]. */
function spreadOut(x: Tensor4D, strideHeight: number, strideWidth: number): Tensor4D {
  let [n, height, width, channels] = x.shape;
  let spread = x;
  if (strideWidth > 1) {
    const gaps = zeros([n, height, width, (strideWidth - 1) * channels]);
    width *= strideWidth;
    spread = reshape(concat([spread, gaps], 3), [n, height, width, channels]);
  }
  if (strideHeight > 1) {
    const row = width * channels;
    const gaps = zeros([n, height, (strideHeight - 1) * row]);
    const rows = concat([reshape(spread, [n, height, row]), gaps], 2);
    height *= strideHeight;
    spread = reshape(rows, [n, height, width, channels]);
  }
  return spread;
}

function assertChannelsLast(dataFormat: string): void {
  if (dataFormat !== "NHWC") {
    throw new Error(
      `convolution gradients on WASM need dataFormat "channelsLast", got ${dataFormat}; set it on the layer`,
    );
  }
}
