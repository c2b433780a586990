/** ConvLSTM2D: an LSTM whose products are convolutions; a Scan over time. */
import { choice, flag, sizes, whole } from "../config.ts";
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
import { lstmGates } from "./scan.ts";
import { reversed } from "./sequence.ts";
import { isSame, windowAttrs } from "./window.ts";
import { collapseTime } from "./wrapper.ts";

/**
 * x [B, T, H, W, C] (or channels first). The input convolution runs once over all steps; inside the Scan only the
 * recurrent one, which is always `same`, without stride or bias. Gates i, f, c, o lie on the kernel's last axis.
 */
export const ConvLSTM2D: LayerFunction = (call) => runImages(call);

/** The outputs of one direction; names of a stateful layer's states begin with `label`. */
export function runImages(call: LayerCall, label = ""): Tensor[] {
  const { b, config } = call;
  if (call.mask) refuse("a mask reaches this layer; TensorFlow.js fails here too");
  const format = dataFormat(config);
  const kernel = sizes(config, "kernelSize", 2, undefined);
  const x = steps(call);
  const { gates, frame } = inputGates(call, x, kernel);
  const states = statesOf(call, frame, x, label);
  const { last, sequence } = scanFrames(call, { gates, frame, kernel, before: states.before });
  const finals = last.map((s) => fromChannelsFirst(b, s, format));
  states.update(finals);
  const output = flag(config, "returnSequences", false)
    ? b.transpose(sequence, format === "channelsFirst" ? [1, 0, 2, 3, 4] : [1, 0, 3, 4, 2])
    : (finals[0] as Tensor);
  return flag(config, "returnState", false) ? [output, ...finals] : [output];
}

/**
 * What the gates get from the input: [T, B, 4F, H, W]; `frame` [B*T, 4F, H, W] is the same before it is taken apart.
 */
function inputGates(call: LayerCall, x: Tensor, kernel: readonly number[]) {
  const { b, config } = call;
  const filters = whole(config, "filters");
  const strides = sizes(config, "strides", 2, 1);
  const dilations = sizes(config, "dilationRate", 2, 1);
  const frames = toChannelsFirst(b, collapseTime(b, x), dataFormat(config)); // [B*T, C, H, W]
  const w = outInFirst(
    expectShape(call.weight("kernel"), [...kernel, frames.shape[1], 4 * filters], x),
    2,
  );
  const attrs = windowAttrs(frames, { kernel, strides, dilations, same: isSame(config) });
  const frame = b.op("Conv", [frames, w, bias(call, 4 * filters)], attrs);
  const [batch = null, time = null] = x.shape;
  const split = [b.size(x, 0), b.size(x, 1), ...[1, 2, 3].map((axis) => b.size(frame, axis))];
  const bySample = b.reshapeTo(frame, split, [batch, time, ...frame.shape.slice(1)]);
  return { gates: b.transpose(bySample, [1, 0, 2, 3, 4]), frame };
}

interface FrameScan {
  gates: Tensor;
  frame: Tensor;
  kernel: readonly number[];
  before: readonly Tensor[];
}

/** One LSTM step per frame: the last states [B, F, H, W] each, and all outputs [T, B, F, H, W]. */
function scanFrames(call: LayerCall, { gates, frame, kernel, before }: FrameScan) {
  const { b, config } = call;
  const filters = whole(config, "filters");
  const recurrent = outInFirst(
    expectShape(call.weight("recurrent_kernel"), [...kernel, filters, 4 * filters]),
    2,
  );
  const same = windowAttrs(frame, { kernel, strides: [1, 1], dilations: [1, 1], same: true });
  const activations = {
    activation: activationName(config, "activation", "tanh"),
    recurrentActivation: activationName(config, "recurrentActivation", "hardSigmoid"),
  };
  // softmax acts on tfjs's last axis: the channels, or the width where channels come first
  const axis = dataFormat(config) === "channelsFirst" ? -1 : 1;
  const { states, sequences } = b.scan({
    states: before,
    sequences: [gates],
    step(inner, [h, c], [item]) {
      const { data, shape } = recurrent;
      const kernelInside = inner.floats("recurrent_kernel", data as Float32Array, shape);
      const sum = inner.op("Add", [item, inner.op("Conv", [h, kernelInside], same)]);
      const parts = inner.ints([filters, filters, filters, filters]);
      const sums = inner.ops("Split", [sum, parts], { axis: 1 });
      const next = lstmGates(inner, activations, sums, c as Tensor, axis);
      return { states: next, outputs: [next[0] as Tensor] };
    },
  });
  return { last: states, sequence: sequences[0] as Tensor };
}

/** The input frames in the order in which the layer reads them. */
function steps(call: LayerCall): Tensor {
  const { b, config } = call;
  if (call.x.shape.length !== 5)
    refuse(`needs an input of rank 5, but its shape is [${call.x.shape}]`);
  choice(config, "padding", ["valid", "same"], "valid");
  const x = float(b, call.x);
  return flag(config, "goBackwards", false) ? reversed(b, x) : x;
}

interface States {
  /** Before the first step: [B, F, H, W] each. */
  before: Tensor[];
  /** Makes the last states, in the layer's own layout, graph outputs where the layer is stateful. */
  update(last: readonly Tensor[]): void;
}

/** The states given, those of the last call, or zeros. */
function statesOf(call: LayerCall, frame: Tensor, x: Tensor, label: string): States {
  const { b, config } = call;
  const format = dataFormat(config);
  const filters = whole(config, "filters");
  const first = (s: Tensor) => toChannelsFirst(b, float(b, s), format);
  const given = call.inputs.slice(1);
  if (given.length > 0) return { before: given.map(first), update: () => {} };
  const batch = x.shape[0] ?? null;
  const [h, w] = frame.shape.slice(2) as [Dim, Dim];
  if (flag(config, "stateful", false)) {
    const shape = format === "channelsFirst" ? [batch, filters, h, w] : [batch, h, w, filters];
    const slots = ["h", "c"].map((name) => call.state(`${label}${name}`, shape));
    return {
      before: slots.map((s) => first(s.input)),
      update: (last) => last.forEach((s, i) => void slots[i]?.update(s)),
    };
  }
  const size = [b.size(x, 0), filters, b.size(frame, 2), b.size(frame, 3)];
  const zeros = () => b.zeros(size, [batch, filters, h, w]);
  return { before: [zeros(), zeros()], update: () => {} };
}
