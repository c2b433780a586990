/** ConvLSTM2D: an LSTM whose products are convolutions; a Scan over time. */
import { choice, flag, number, sizes } from "../config.ts";
import { refuse } from "../errors.ts";
import type { Dim, Tensor } from "../ir.ts";
import { activationName } from "./activation.ts";
import { bias, outInFirst } from "./conv.ts";
import {
  dataFormat,
  expectShape,
  float,
  fromChannelsFirst,
  type LayerCall,
  type LayerFunction,
  toChannelsFirst,
} from "./layer.ts";
import { lstmGates, reversed } from "./sequence.ts";
import { isSame, windowAttrs } from "./window.ts";
import { collapseTime } from "./wrapper.ts";

/**
 * x [B, T, H, W, C] (or channels first). The input convolution runs once over all steps; inside the Scan only the
 * recurrent one, which is always `same`, without stride or bias. Gates i, f, c, o lie on the kernel's last axis.
 */
export const ConvLSTM2D: LayerFunction = (call) => {
  const { b, config } = call;
  if (call.mask) refuse("a mask reaches this layer; TensorFlow.js fails here too");
  const format = dataFormat(config);
  const filters = number(config, "filters");
  const kernel = sizes(config, "kernelSize", 2, undefined);
  const strides = sizes(config, "strides", 2, 1);
  const dilations = sizes(config, "dilationRate", 2, 1);
  const x = steps(call);
  const frames = toChannelsFirst(b, collapseTime(b, x), format); // [B*T, C, H, W]
  const w = outInFirst(expectShape(call.weight("kernel"), [...kernel, undefined, 4 * filters]), 2);
  const attrs = windowAttrs(frames, { kernel, strides, dilations, same: isSame(config) });
  const projected = b.op("Conv", [frames, w, bias(call, 4 * filters)], attrs);
  const space = projected.shape.slice(1);
  const [batch, time] = [x.shape[0] ?? null, x.shape[1] ?? null];
  const sizesOut = [
    b.size(x, 0),
    b.size(x, 1),
    ...[1, 2, 3].map((axis) => b.size(projected, axis)),
  ];
  const gates = b.transpose(
    b.reshapeTo(projected, sizesOut, [batch, time, ...space]),
    [1, 0, 2, 3, 4],
  ); // [T, B, 4F, H, W]
  const recurrent = outInFirst(
    expectShape(call.weight("recurrent_kernel"), [...kernel, filters, 4 * filters]),
    2,
  );
  const same = windowAttrs(projected, { kernel, strides: [1, 1], dilations: [1, 1], same: true });
  const activations = {
    activation: activationName(config, "activation", "tanh"),
    recurrentActivation: activationName(config, "recurrentActivation", "hardSigmoid"),
  };
  const kept = statesOf(call, projected, x, filters);
  const { states, sequences } = b.scan({
    states: kept.before,
    sequences: [gates],
    step(inner, [h, c], [item]) {
      const kernelInside = inner.floats(
        "recurrent_kernel",
        recurrent.data as Float32Array,
        recurrent.shape,
      );
      const sum = inner.op("Add", [item, inner.op("Conv", [h, kernelInside], same)]);
      const parts = inner.ops("Split", [sum, inner.ints([filters, filters, filters, filters])], {
        axis: 1,
      });
      // softmax acts on tfjs's last axis: the channels, or the width where channels come first
      const next = lstmGates(
        inner,
        activations,
        parts,
        c as Tensor,
        format === "channelsFirst" ? -1 : 1,
      );
      return { states: next, outputs: [next[0] as Tensor] };
    },
  });
  const finals = states.map((s) => fromChannelsFirst(b, s, format));
  kept.keep(finals);
  const frame = sequences[0] as Tensor; // [T, B, F, H, W]
  const sequence = b.transpose(
    frame,
    format === "channelsFirst" ? [1, 0, 2, 3, 4] : [1, 0, 3, 4, 2],
  );
  const output = flag(config, "returnSequences", false) ? sequence : (finals[0] as Tensor);
  return flag(config, "returnState", false) ? [output, ...finals] : [output];
};

function steps(call: LayerCall): Tensor {
  const { b, config } = call;
  if (call.x.shape.length !== 5) refuse(`wants an input of rank 5, it has shape [${call.x.shape}]`);
  choice(config, "padding", ["valid", "same"], "valid");
  const x = float(b, call.x);
  return flag(config, "goBackwards", false) ? reversed(b, x) : x;
}

interface States {
  /** Before the first step: [B, F, H, W] each. */
  before: Tensor[];
  /** Hands the last states out, in the layer's own layout, where they are kept between calls. */
  keep(last: readonly Tensor[]): void;
}

/** States as given, kept from the last call, or zeros. */
function statesOf(call: LayerCall, projected: Tensor, x: Tensor, filters: number): States {
  const { b, config } = call;
  const format = dataFormat(config);
  const first = (s: Tensor) => toChannelsFirst(b, float(b, s), format);
  const given = call.inputs.slice(1);
  if (given.length > 0) return { before: given.map(first), keep: () => {} };
  const batch = x.shape[0] ?? null;
  const [h, w] = projected.shape.slice(2) as [Dim, Dim];
  if (flag(config, "stateful", false)) {
    const shape = format === "channelsFirst" ? [batch, filters, h, w] : [batch, h, w, filters];
    const slots = ["h", "c"].map((name) => call.state(name, shape));
    return {
      before: slots.map((s) => first(s.input)),
      keep: (last) => last.forEach((s, i) => void slots[i]?.update(s)),
    };
  }
  const zeros = () =>
    b.zeros(
      [b.size(x, 0), filters, b.size(projected, 2), b.size(projected, 3)],
      [batch, filters, h, w],
    );
  return { before: [zeros(), zeros()], keep: () => {} };
}
