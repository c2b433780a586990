/** What converters fuse into a convolution or a matrix product: a bias, a batch normalisation, an activation. */
import { refuse } from "../../errors.ts";
import type { Tensor } from "../../ir.ts";
import { float32, type OpCall } from "../call.ts";

/** A step behind the product. `next` takes the node's next argument. */
type Step = (call: OpCall, y: Tensor, next: () => Tensor, channelsFirst: boolean) => Tensor;

/** One value per channel, beside `y`, whose channels are last or second. */
function perChannel({ b }: OpCall, y: Tensor, values: Tensor, channelsFirst: boolean): Tensor {
  const x = float32(b, values);
  const trailing = Array.from({ length: y.shape.length - 2 }, (_, i) => i + 1);
  return channelsFirst && x.shape.length === 1 ? b.unsqueeze(x, trailing) : x;
}

interface Normalisation {
  readonly scale: Tensor;
  readonly offset: Tensor;
  readonly mean: Tensor;
  readonly variance: Tensor;
  readonly epsilon: number;
}

/** Batch normalisation at inference: one multiplication and one addition, whose constants are computed at conversion. */
export function normalised(
  call: OpCall,
  y: Tensor,
  { epsilon, ...values }: Normalisation,
  channelsFirst: boolean,
): Tensor {
  const { b } = call;
  const [scale, offset, mean, variance] = [
    values.scale,
    values.offset,
    values.mean,
    values.variance,
  ].map((t) => perChannel(call, y, t, channelsFirst));
  const deviation = b.op("Sqrt", [b.op("Add", [variance!, b.scalar(epsilon)])]);
  const factor = b.op("Div", [scale, deviation]);
  const shift = b.op("Sub", [offset, b.op("Mul", [mean!, factor])]);
  return b.op("Add", [b.op("Mul", [y, factor]), shift]);
}

/** The names in the attribute `fused_ops`. */
const STEPS: Readonly<Record<string, Step>> = {
  BiasAdd: (call, y, next, first) => call.b.op("Add", [y, perChannel(call, y, next(), first)]),
  FusedBatchNorm: (call, y, next, first) => {
    const [scale, offset, mean, variance] = [next(), next(), next(), next()];
    const epsilon = call.attrs.float("epsilon", 1e-4);
    return normalised(call, y, { scale, offset, mean, variance, epsilon }, first);
  },
  Elu: ({ b }, y) => b.op("Elu", [y]),
  LeakyRelu: ({ b, attrs }, y) =>
    b.op("LeakyRelu", [y], { alpha: attrs.float("leakyrelu_alpha", 0.2) }),
  Prelu: (call, y, next, first) => call.b.op("PRelu", [y, perChannel(call, y, next(), first)]),
  Relu: ({ b }, y) => b.op("Relu", [y]),
  Relu6: ({ b }, y) => b.op("Clip", [y, b.scalar(0), b.scalar(6)]),
  Sigmoid: ({ b }, y) => b.op("Sigmoid", [y]),
  Tanh: ({ b }, y) => b.op("Tanh", [y]),
};

/**
 * Applies the node's fused operators in their order.
 *
 * @param taken How many inputs the product itself has read; the steps' arguments follow.
 */
export function finish(call: OpCall, y: Tensor, taken: number, channelsFirst = false): Tensor {
  let at = taken;
  const next = () => call.input(at++);
  return call.attrs.texts("fused_ops").reduce((x, name) => {
    const step = STEPS[name];
    if (!step)
      refuse(`the fused operator "${name}" is not one of ${Object.keys(STEPS).join(", ")}`);
    return step(call, x, next, channelsFirst);
  }, y);
}
