/** Registers kernels for training in tfjs's WASM backend: two are missing there, the others replace slow ones. */

import {
  BatchMatMul,
  Conv2D,
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  Equal,
  FusedConv2D,
  GatherV2,
  getKernel,
  Identity,
  type KernelFunc,
  MaxPoolGrad,
  Mean,
  Reshape,
  registerKernel,
  Sum,
  Transpose,
  UnsortedSegmentSum,
  unregisterKernel,
} from "@tensorflow/tfjs-core";
import { registerBatchNormGradient } from "./batchNorm.ts";
import { conv2DBackpropFilter, conv2DBackpropInput, convolve } from "./conv2d.ts";
import { equalBroadcast } from "./equal.ts";
import { gatherRows } from "./gather.ts";
import { shareIdentity } from "./identity.ts";
import { transposeFirst } from "./matMul.ts";
import { maxPoolGrad } from "./maxPoolGrad.ts";
import { channelMoments, normalisePool, normalisePoolGrad } from "./normalise.ts";
import { ADAMW, CHANNEL_MOMENTS, MIX, NORMALISE_POOL, NORMALISE_POOL_GRAD } from "./operations.ts";
import { reduceLeading } from "./reduce.ts";
import { unsortedSegmentSum } from "./segmentSum.ts";
import { registerReductionGradients } from "./spread.ts";
import { adamWStep, mix } from "./updates.ts";

let registered = false;

/** Call once the WASM backend is ready; later calls do nothing. */
export function registerWasmKernels(): void {
  if (registered) return;
  registered = true;
  replace(Conv2D, convolve(current(Conv2D)));
  replace(FusedConv2D, convolve(current(FusedConv2D)));
  replace(Conv2DBackpropFilter, conv2DBackpropFilter);
  replace(Conv2DBackpropInput, conv2DBackpropInput);
  replace(BatchMatMul, transposeFirst(current(BatchMatMul), current(Transpose)));
  replace(UnsortedSegmentSum, unsortedSegmentSum);
  replace(MaxPoolGrad, maxPoolGrad);
  replace(Identity, shareIdentity(current(Reshape)));
  replace(GatherV2, gatherRows(current(GatherV2)));
  replace(Sum, reduceLeading(current(Sum), "sum"));
  replace(Mean, reduceLeading(current(Mean), "mean"));
  replace(Equal, equalBroadcast(current(Equal)));
  replace(CHANNEL_MOMENTS, channelMoments);
  replace(NORMALISE_POOL, normalisePool);
  replace(NORMALISE_POOL_GRAD, normalisePoolGrad);
  replace(ADAMW, adamWStep);
  replace(MIX, mix);
  registerBatchNormGradient();
  registerReductionGradients();
}

function current(kernelName: string): KernelFunc {
  const kernel = getKernel(kernelName, "wasm");
  if (!kernel) throw new Error(`internal: tfjs's WASM backend has no kernel ${kernelName}`);
  return kernel.kernelFunc;
}

function replace(kernelName: string, kernelFunc: KernelFunc): void {
  if (getKernel(kernelName, "wasm")) unregisterKernel(kernelName, "wasm");
  registerKernel({ kernelName, backendName: "wasm", kernelFunc });
}
