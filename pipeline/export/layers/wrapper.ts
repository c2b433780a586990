/** TimeDistributed: one layer applied to every step, by way of the batch axis. */
import type { Builder } from "../builder.ts";
import { isRecord } from "../config.ts";
import { refuse } from "../errors.ts";
import type { Tensor } from "../ir.ts";
import { readWrapped } from "../topology.ts";
import type { LayerFunction } from "./layer.ts";

/** [B, T, ...rest] -> [B*T, ...rest]. */
export function collapseTime(b: Builder, x: Tensor): Tensor {
  const rest = x.shape.slice(2);
  const sizes = rest.map((d, i) => (typeof d === "number" ? d : b.size(x, i + 2)));
  const [batch, time] = x.shape;
  const both = typeof batch === "number" && typeof time === "number" ? batch * time : null;
  return b.reshapeTo(x, [-1, ...sizes], [both, ...rest]);
}

/** Layers that read a mask; inside a TimeDistributed tfjs would give them the outer one. */
const READ_MASKS = [
  "SimpleRNN",
  "GRU",
  "LSTM",
  "RNN",
  "Bidirectional",
  "ConvLSTM2D",
  "Softmax",
  "TimeDistributed",
  "Sequential",
  "Model",
  "Functional",
];

/** x [B, T, ...] -> [B*T, ...] -> the layer -> [B, T, ...]: steps and samples are independent of each other. */
export const TimeDistributed: LayerFunction = (call) => {
  const { b, config, x } = call;
  if (x.shape.length < 3) refuse(`needs an input of rank 3 or more, but its shape is [${x.shape}]`);
  const inner = isRecord(config.layer)
    ? readWrapped(config.layer, call.layer)
    : refuse('"layer" is missing');
  if (call.mask && READ_MASKS.includes(inner.className)) {
    refuse(
      `a mask reaches the ${inner.className} inside, to which TensorFlow.js gives the mask of the outer time axis; remove the mask or the wrapper`,
    );
  }
  if (inner.config.stateful === true)
    refuse("wraps a stateful layer, whose state would carry over from one step to the next");
  const [y] = call.apply(inner, [collapseTime(b, x)], call.prefix);
  if (!y) refuse(`the ${inner.className} inside has no output`);
  const rest = y.shape.slice(1);
  const sizes = rest.map((d, i) => (typeof d === "number" ? d : b.size(y, i + 1)));
  const time = typeof x.shape[1] === "number" ? x.shape[1] : b.size(x, 1);
  return b.reshapeTo(y, [-1, time, ...sizes], [x.shape[0] ?? null, x.shape[1] ?? null, ...rest]);
};
