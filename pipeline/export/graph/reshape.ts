/** Reshapes whose sizes may be symbolic or computed. */
import { refuse } from "../errors.ts";
import type { Dim, Shape, Tensor } from "../ir.ts";
import { remainder } from "../shapes.ts";
import { int64 } from "./call.ts";
import type { FoldingBuilder } from "./fold/builder.ts";

/**
 * `x` in the shape that `target` holds. Sizes known by name become 0 (copied) or -1 (what remains) where that says the same;
 * only where more than one is open are they computed by the graph.
 */
export function reshapeTo(b: FoldingBuilder, x: Tensor, target: Tensor): Tensor {
  const sizes = b.sizesOf(target) ?? unknownSizes(target);
  const shape = resolved(x.shape, sizes);
  const open = sizes.flatMap((d, i) => (typeof d === "number" && d !== -1 ? [] : [i]));
  // 0 stands for "copied" in ONNX; a size that is 0 leaves the graph to compute it
  if (!sizes.includes(0)) {
    if (open.length <= 1)
      return b.reshape(
        x,
        sizes.map((d) => (typeof d === "number" ? d : -1)),
        shape,
      );
    const copied = sizes.map((d, i) => typeof d === "string" && d === x.shape[i]);
    if (open.filter((i) => !copied[i]).length <= 1) {
      const written = sizes.map((d, i) => (copied[i] ? 0 : typeof d === "number" ? d : -1));
      return b.reshape(x, written, shape);
    }
  }
  return b.op(
    "Reshape",
    [x, int64(b, target)],
    { allowzero: sizes.includes(0) ? 1 : 0 },
    { shape },
  );
}

function unknownSizes(target: Tensor): Dim[] {
  const [rank] = target.shape;
  if (typeof rank !== "number")
    refuse(
      "reshapes to a shape of unknown rank; give the model's inputs fixed shapes (--input-shape)",
    );
  return Array<Dim>(rank).fill(null);
}

/** The sizes, with what a -1 stands for where that follows. */
function resolved(from: Shape, sizes: readonly Dim[]): Shape {
  const hole = sizes.indexOf(-1);
  if (hole < 0) return sizes;
  const left = [...from];
  let known = 1;
  for (const [i, d] of sizes.entries()) {
    if (i === hole) continue;
    if (typeof d === "number") known *= d;
    else {
      const at = d === null ? -1 : left.indexOf(d);
      if (at < 0) return sizes.map((s, k) => (k === hole ? null : s));
      left.splice(at, 1);
    }
  }
  const value = remainder(left, known);
  return sizes.map((d, i) => (i === hole ? value : d));
}
