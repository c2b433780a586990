/** Sliding windows: the sizes and paddings that convolutions and pools have in common. */
import { type Builder, TO_END } from "../builder.ts";
import { choice, type LayerConfig } from "../config.ts";
import { refuse } from "../errors.ts";
import type { Attr, Dim, Tensor } from "../ir.ts";

/** A window over n spatial axes; all lists have n entries. */
export interface Window {
  kernel: readonly number[];
  strides: readonly number[];
  dilations: readonly number[];
  same: boolean;
  /** Whether it is a pool's: of those, runtimes refuse to compute more paddings. */
  pool?: boolean;
}

/** Whether the padding is "same"; else it is "valid". */
export function isSame(config: LayerConfig): boolean {
  return choice(config, "padding", ["valid", "same"], "valid") === "same";
}

/**
 * Padding of one axis by TensorFlow's SAME rule: out = ceil(n / s), the odd pixel goes to the end.
 * undefined where it depends on a size that is not known.
 */
function samePads(size: Dim, k: number, s: number, dilation: number): [number, number] | undefined {
  const span = (k - 1) * dilation + 1;
  if (typeof size !== "number" && s !== 1) {
    // at most one pixel is needed, at the end, and one that is not needed changes nothing
    return span <= 2 ? [0, span - 1] : undefined;
  }
  const total = typeof size === "number" ? Math.max(missing(size, s, span), 0) : span - 1;
  return [total >> 1, total - (total >> 1)];
}

/** How far the windows of padding "same" reach beyond an axis, both ends together; negative where they leave some over. */
function missing(size: number, stride: number, span: number): number {
  return (Math.ceil(size / stride) - 1) * stride + span - size;
}

/**
 * x [N, C, ...space] from where tfjs's first window starts. With padding "same" and strides larger than the kernel,
 * TensorFlow and tfjs's windows of one and two axes start at the edge; tfjs's of three skip half of what is left over.
 */
export function volumeFromFirstWindow(b: Builder, x: Tensor, window: Window): Tensor {
  const { kernel, strides, dilations, same } = window;
  if (!same || kernel.length !== 3) return x;
  let volume = x;
  for (const [i, k] of kernel.entries()) {
    const [size, stride, span] = [x.shape[i + 2], strides[i]!, (k - 1) * dilations[i]! + 1];
    if (stride <= span) continue;
    if (typeof size !== "number") refuseOpenSize(kernel, strides);
    const start = -Math.floor(missing(size, stride, span) / 2);
    if (start > 0) volume = b.slice(volume, i + 2, start, TO_END);
  }
  return volume;
}

function refuseOpenSize(kernel: readonly number[], strides: readonly number[]): never {
  refuse(
    `window [${kernel}] with the larger strides [${strides}] and padding "same" over a dynamic size: runtimes do not compute this padding; give the input a fixed shape (--input-shape)`,
  );
}

/**
 * Attributes of Conv, MaxPool and AveragePool over x [N, C, ...space]. Explicit pads wherever they are
 * known: runtimes refuse auto_pad with dilation, and only explicit pads can be merged.
 */
export function windowAttrs(
  x: Tensor,
  { kernel, strides, dilations, same, pool = false }: Window,
): Record<string, Attr> {
  const attrs: Record<string, Attr> = { kernel_shape: kernel, strides };
  if (dilations.some((d) => d !== 1)) attrs.dilations = dilations;
  if (!same) return attrs;
  const pads = kernel.map((k, i) =>
    samePads(x.shape[i + 2] ?? null, k, strides[i] ?? 1, dilations[i] ?? 1),
  );
  if (pads.some((p) => p === undefined)) {
    if (kernel.some((k, i) => (k > 2 || pool) && k < (strides[i] ?? 1)))
      refuseOpenSize(kernel, strides);
    return { ...attrs, auto_pad: "SAME_UPPER" };
  }
  const all = [...pads.map((p) => p?.[0] ?? 0), ...pads.map((p) => p?.[1] ?? 0)];
  return all.some((p) => p > 0) ? { ...attrs, pads: all } : attrs;
}
