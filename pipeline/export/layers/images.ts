/** Keras's own crops and resizes: exact crops, and pixels taken at their centres. */
import { choice, flag, whole } from "../config.ts";
import { refuse } from "../errors.ts";
import type { Tensor } from "../ir.ts";
import {
  dataFormat,
  float,
  fromChannelsFirst,
  known,
  type LayerCall,
  type LayerFunction,
  toChannelsFirst,
} from "./layer.ts";
import { resizeNearest } from "./nearestPixels.ts";

/** Part of an image: rows and columns from `top` and `left` on. */
interface Box {
  top: number;
  left: number;
  height: number;
  width: number;
}

/** x [N, C, H, W]. */
function crop({ b }: LayerCall, x: Tensor, { top, left, height, width }: Box): Tensor {
  const rows = x.shape[2] === height ? x : b.slice(x, 2, top, top + height);
  return x.shape[3] === width ? rows : b.slice(rows, 3, left, left + width);
}

/** x [N, C, H, W] -> [N, C, height, width]. */
function resize({ b, config }: LayerCall, x: Tensor, height: number, width: number): Tensor {
  if (x.shape[2] === height && x.shape[3] === width) return x;
  const mode = choice(config, "interpolation", ["nearest", "bilinear"], "bilinear");
  if (flag(config, "antialias", false)) refuse('"antialias" is true, which is not converted');
  const taken = mode === "nearest" ? resizeNearest(b, x, [height, width], "half_pixel") : undefined;
  if (taken) return taken;
  const channels = known(x, 1, "number of channels");
  const target = b.op("Concat", [b.size(x, 0), b.ints([channels, height, width])], { axis: 0 });
  return b.op(
    "Resize",
    [x, undefined, undefined, target],
    {
      mode: mode === "nearest" ? "nearest" : "linear",
      coordinate_transformation_mode: "half_pixel",
      ...(mode === "nearest" ? { nearest_mode: "round_prefer_ceil" } : {}),
    },
    { shape: [x.shape[0] ?? null, channels, height, width] },
  );
}

/** The largest box in the middle of `h` x `w` pixels that has the proportions of `height` x `width`. */
function centredBox(h: number, w: number, height: number, width: number): Box {
  const boxHeight = Math.max(Math.min(h, Math.floor((w * height) / width)), 1);
  const boxWidth = Math.max(Math.min(w, Math.floor((h * width) / height)), 1);
  return {
    top: Math.floor((h - boxHeight) / 2),
    left: Math.floor((w - boxWidth) / 2),
    height: boxHeight,
    width: boxWidth,
  };
}

/** Crops to the target's proportions, then resizes. */
function smartResize(call: LayerCall, x: Tensor, height: number, width: number): Tensor {
  const [h, w] = [known(x, 2, "height"), known(x, 3, "width")];
  return resize(call, crop(call, x, centredBox(h, w, height, width)), height, width);
}

/** The image in [N, C, H, W], the layer's target, and the way back. */
function image(call: LayerCall) {
  const { b, config } = call;
  const format = dataFormat(config);
  if (call.x.shape.length !== 4)
    refuse(`needs an input of rank 4, but its shape is [${call.x.shape}]`);
  return {
    x: toChannelsFirst(b, float(b, call.x), format),
    height: whole(config, "height"),
    width: whole(config, "width"),
    back: (y: Tensor) => fromChannelsFirst(b, y, format),
  };
}

/** The middle of the image; of one that is smaller, the part with the right proportions, resized. */
export const kerasCenterCrop = (call: LayerCall): Tensor => {
  const { x, height, width, back } = image(call);
  const [h, w] = [known(x, 2, "height"), known(x, 3, "width")];
  if (h < height || w < width) return back(smartResize(call, x, height, width));
  const box = { top: (h - height) >> 1, left: (w - width) >> 1, height, width };
  return back(crop(call, x, box));
};

export const kerasResizing = (call: LayerCall): Tensor => {
  const { config } = call;
  const { x, height, width, back } = image(call);
  if (flag(config, "padToAspectRatio", false))
    refuse('"pad_to_aspect_ratio" is true, which is not converted');
  return flag(config, "cropToAspectRatio", false)
    ? back(smartResize(call, x, height, width))
    : back(resize(call, x, height, width));
};

/**
 * At inference the part in the middle with the target's proportions, resized to it, as Keras documents it. Read in the
 * sources of its versions: so it is until 3.5; 3.6 and 3.7 cut off the corner of that part, and 3.8 and later leave the
 * image as it is.
 */
export const RandomCrop: LayerFunction = (call) => {
  const { x, height, width, back } = image(call);
  const [major, minor] = call.layer.kerasVersion.split(".").map(Number) as [number, number?];
  if (major === 3 && minor !== undefined && minor >= 6 && !fits(x, height, width)) {
    if (minor >= 8) return call.x;
    refuse(
      `crops [${call.x.shape}] to ${height} x ${width}, which Keras ${call.layer.kerasVersion} does otherwise than all other versions; resize the images before`,
    );
  }
  return back(smartResize(call, x, height, width));
};

const fits = (x: Tensor, height: number, width: number) =>
  x.shape[2] === height && x.shape[3] === width;
