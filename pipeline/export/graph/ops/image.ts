/** Operators on images, whose channels are last. */
import { refuse } from "../../errors.ts";
import type { Dim, Tensor } from "../../ir.ts";
import { type Coordinates, resizeNearest } from "../../layers/nearestPixels.ts";
import { float32, int64, type OpCall, type OpFunction } from "../call.ts";

/** Where a pixel of the result lies in the source. TensorFlow's two flags exclude each other. */
function coordinates(call: OpCall): Coordinates {
  if (call.attrs.flag("align_corners", false)) return "align_corners";
  return call.attrs.flag("half_pixel_centers", false) ? "half_pixel" : "asymmetric";
}

function resize(call: OpCall, attrs: Record<string, string>): Tensor {
  const { b } = call;
  const x = b.transpose(float32(b, call.input(0)), [0, 3, 1, 2]);
  const target = call.sizes(1);
  const [height, width] = [target?.[0] ?? null, target?.[1] ?? null];
  const shape: Dim[] = [x.shape[0] ?? null, x.shape[1] ?? null, height, width];
  const scales = [height, width].map((d, i) => {
    const from = x.shape[i + 2];
    return typeof d === "number" && typeof from === "number" ? d / from : undefined;
  });
  if (attrs.mode === "nearest" && typeof height === "number" && typeof width === "number") {
    const y = resizeNearest(b, x, [height, width], coordinates(call));
    if (y) return b.transpose(y, [0, 2, 3, 1]);
  }
  const modes = { ...attrs, coordinate_transformation_mode: coordinates(call) };
  // scales where they are exact: runtimes and passes know more to do with them than with sizes
  if (scales.every((s) => s !== undefined && Number.isInteger(s))) {
    const factors = b.floats("scales", [1, 1, ...(scales as number[])]);
    return b.transpose(b.op("Resize", [x, undefined, factors], modes, { shape }), [0, 2, 3, 1]);
  }
  const front = b.op("Shape", [x], { start: 0, end: 2 });
  const sizes = b.op("Concat", [front, int64(b, call.input(1))], { axis: 0 });
  const y = b.op("Resize", [x, undefined, undefined, sizes], modes, { shape });
  return b.transpose(y, [0, 2, 3, 1]);
}

const ResizeBilinear: OpFunction = (call) => resize(call, { mode: "linear" });

/** Over sizes that are not known, by the rules of Resize. */
const ResizeNearestNeighbor: OpFunction = (call) =>
  resize(call, {
    mode: "nearest",
    nearest_mode: coordinates(call) === "asymmetric" ? "floor" : "round_prefer_ceil",
  });

/** Boxes [count, 4] of y1, x1, y2, x2 from 0 to 1, each resized: one bilinear gather per corner. */
const CropAndResize: OpFunction = (call) => {
  const { b, attrs } = call;
  const method = attrs.text("method", "bilinear");
  const outside = attrs.float("extrapolation_value", 0);
  const image = float32(b, call.input(0));
  const [height, width] = call.ints(3, "crop size") as [number, number];
  if (method !== "bilinear" && method !== "nearest") refuse(`"method" is "${method}"`);
  const boxes = float32(b, call.input(1));
  const sizes = b.cast(b.op("Shape", [image], { start: 1, end: 3 }), "float32");
  const last = b.op("Sub", [sizes, b.scalar(1)]); // [2]: height - 1, width - 1
  const along = (axis: 0 | 1, count: number) => {
    const [from, to] = [axis, axis + 2].map((i) => b.slice(boxes, 1, i, i + 1)); // [boxes, 1]
    const size = b.slice(last, 0, axis, axis + 1);
    const shares = count > 1 ? Array.from({ length: count }, (_, i) => i / (count - 1)) : [0.5];
    const offset = b.op("Mul", [b.op("Sub", [to, from]), b.floats("shares", shares, [1, count])]);
    const at = b.op("Mul", [b.op("Add", [from, offset]), size]); // [boxes, count]
    const inside = b.op("And", [
      b.op("GreaterOrEqual", [at, b.scalar(0)]),
      b.op("LessOrEqual", [at, size]),
    ]);
    const clipped = b.op("Min", [b.op("Max", [at, b.scalar(0)]), size]);
    return { clipped, inside };
  };
  const [y, x] = [along(0, height), along(1, width)];
  const item = int64(b, call.input(2)); // [boxes]
  const shape = [boxes.shape[0] ?? null, height, width];
  const index = (rows: Tensor, columns: Tensor): Tensor => {
    const full = b.op(
      "Concat",
      [b.op("Shape", [boxes], { start: 0, end: 1 }), b.ints([height, width])],
      {
        axis: 0,
      },
    );
    const parts = [b.unsqueeze(item, [1, 2]), b.unsqueeze(rows, [2]), b.unsqueeze(columns, [1])];
    const wide = parts.map((t) =>
      b.unsqueeze(b.op("Expand", [int64(b, t), full], {}, { shape }), [3]),
    );
    return b.op("GatherND", [image, b.op("Concat", wide, { axis: 3 })]);
  };
  const pixels = (): Tensor => {
    if (method === "nearest") {
      const near = (t: Tensor) => b.op("Floor", [b.op("Add", [t, b.scalar(0.5)])]);
      return index(near(y.clipped), near(x.clipped));
    }
    const [top, left] = [b.op("Floor", [y.clipped]), b.op("Floor", [x.clipped])];
    const [bottom, right] = [b.op("Ceil", [y.clipped]), b.op("Ceil", [x.clipped])];
    const down = b.unsqueeze(b.op("Sub", [y.clipped, top]), [2, 3]);
    const across = b.unsqueeze(b.op("Sub", [x.clipped, left]), [1, 3]);
    const mix = (p: Tensor, q: Tensor, share: Tensor) =>
      b.op("Add", [p, b.op("Mul", [b.op("Sub", [q, p]), share])]);
    return mix(
      mix(index(top, left), index(top, right), across),
      mix(index(bottom, left), index(bottom, right), across),
      down,
    );
  };
  const inside = b.op("And", [b.unsqueeze(y.inside, [2]), b.unsqueeze(x.inside, [1])]);
  return b.op("Where", [b.unsqueeze(inside, [3]), pixels(), b.scalar(outside)]);
};

export const IMAGE: Readonly<Record<string, OpFunction>> = {
  CropAndResize,
  ResizeBilinear,
  ResizeNearestNeighbor,
};
