/**
 * Gradient of FusedBatchNorm with per-channel parameters. tfjs-core's version tiles them to the size of the input; this one
 * broadcasts, and computes the sums that four of the five gradients need only once.
 */

import {
  add,
  FusedBatchNorm,
  type FusedBatchNormAttrs,
  getGradient,
  mul,
  registerGradient,
  rsqrt,
  scalar,
  sub,
  sum,
  type Tensor,
  unregisterGradient,
} from "@tensorflow/tfjs-core";

/** Replaces tfjs-core's gradient, on every backend. */
export function registerBatchNormGradient(): void {
  const original = getGradient(FusedBatchNorm);
  if (!original) throw new Error("internal: tfjs has no gradient for FusedBatchNorm");
  unregisterGradient(FusedBatchNorm);
  registerGradient({
    ...original,
    gradFunc: (dy, saved, attrs) => {
      const [x, mean, variance, scale] = saved as [Tensor, Tensor, Tensor, Tensor | undefined];
      if (mean.rank !== 1) return original.gradFunc(dy, saved, attrs);
      const { varianceEpsilon } = attrs as unknown as FusedBatchNormAttrs;
      const gradient = dy as Tensor;
      const axes = x.shape.slice(1).map((_, axis) => axis);
      const inverse = rsqrt(add(variance, scalar(varianceEpsilon)));
      const gain = scale ? mul(inverse, scale) : inverse;
      // Computed here, not on demand: tfjs disposes of tensors created inside a gradient's function.
      const sumDy = sum(gradient, axes);
      const sumDyCentred = sum(mul(gradient, sub(x, mean)), axes);
      return {
        x: () => mul(gradient, gain),
        mean: () => mul(mul(sumDy, gain), scalar(-1)),
        variance: () => mul(mul(sumDyCentred, gain), mul(mul(inverse, inverse), scalar(-0.5))),
        scale: () => mul(sumDyCentred, inverse),
        offset: () => sumDy.clone(),
      };
    },
  });
}
