/**
 * Gradients of Sum and Mean. tfjs-core's versions create an array of ones of the input's size in JavaScript, copy it to the
 * backend and, for Mean, divide every number; filling in place and dividing before broadcasting gives the same bits.
 */

import {
  div,
  fill,
  type GradConfig,
  getGradient,
  Mean,
  type MeanAttrs,
  mul,
  registerGradient,
  reshape,
  Sum,
  type SumAttrs,
  type Tensor,
  unregisterGradient,
  util,
} from "@tensorflow/tfjs-core";

/** Replaces tfjs-core's gradients, on every backend. */
export function registerReductionGradients(): void {
  replace(Sum, (gradient) => gradient);
  replace(Mean, (gradient, count) => div(gradient, count));
}

/** @param share Gradient of each of the `count` numbers that were reduced to a result with the given gradient. */
function replace(name: string, share: (gradient: Tensor, count: number) => Tensor): void {
  const original = getGradient(name);
  if (!original) throw new Error(`internal: tfjs has no gradient for ${name}`);
  const gradFunc: GradConfig["gradFunc"] = (dy, saved, attrs) => {
    const x = saved[0]!;
    const { axis } = attrs as unknown as SumAttrs | MeanAttrs;
    const shape = x.shape.slice();
    for (const reduced of util.parseAxisParam(axis, x.shape)) shape[reduced] = 1;
    const count = x.size / util.sizeFromShape(shape);
    return { x: () => mul(share(reshape(dy as Tensor, shape), count), fill(x.shape, 1)) };
  };
  unregisterGradient(name);
  registerGradient({ ...original, gradFunc });
}
