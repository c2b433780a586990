/**
 * Features of a pretrained ONNX encoder, computed by its own file: what goes into it and what comes out of it is prepared
 * here, apart from the nodes that do the same in the published graph (front.ts), so that the parity check compares two
 * things.
 */

import type { PosterSpec } from "../../../predictor/preprocess/poster.ts";
import type { RunGraph, Tensor } from "../../../predictor/tensor.ts";
import type { PixelRange } from "../../config/preprocessor.ts";
import { type EncoderOutput, type EncoderSignature, featureCount } from "./signature.ts";

/** Features of n items, float32 [n, features]. */
export type Encode<Value> = (values: readonly Value[], run: RunGraph) => Promise<Float32Array>;

/** @param spec Of the images uint8 [height, width, 3]. */
export function imageEncoder(
  { inputs, outputs }: EncoderSignature,
  { height, width }: PosterSpec,
  range: PixelRange,
): Encode<Uint8Array> {
  const { name, channelsLast } = inputs.pixels!;
  const places = height * width;
  // Rounded as the graph does, so that no difference is left that networks enlarge.
  const scale = range.scale.map(Math.fround);
  const offset = range.offset.map(Math.fround);
  return async (images, run) => {
    const data = new Float32Array(images.length * places * 3);
    for (const [i, pixels] of images.entries()) {
      for (let place = 0; place < places; place++) {
        for (let c = 0; c < 3; c++) {
          const byte = pixels[place * 3 + (range.reversed ? 2 - c : c)]!;
          const at = channelsLast ? place * 3 + c : c * places + place;
          data[i * places * 3 + at] = Math.fround(byte * scale[c]!) + offset[c]!;
        }
      }
    }
    const dims = channelsLast
      ? [images.length, height, width, 3]
      : [images.length, 3, height, width];
    return pooled(await run({ [name]: { type: "float32", dims, data } }), outputs, images.length);
  };
}

/** Encodes texts as token ids, each at least 1 long. */
export function textEncoder(
  { inputs, outputs }: EncoderSignature,
  { padding, fixed }: { readonly padding: number; readonly fixed?: number | undefined },
): Encode<Int32Array> {
  return async (texts, run) => {
    const length = fixed ?? Math.max(...texts.map((ids) => ids.length));
    const dims = [texts.length, length];
    const ids = new Int32Array(texts.length * length).fill(padding);
    const mask = new Int32Array(texts.length * length);
    for (const [i, text] of texts.entries()) {
      ids.set(text, i * length);
      mask.fill(1, i * length, i * length + text.length);
    }
    const feeds: Record<string, Tensor> = { [inputs.ids!]: { type: "int32", dims, data: ids } };
    if (inputs.mask) feeds[inputs.mask] = { type: "int32", dims, data: mask };
    if (inputs.types) {
      feeds[inputs.types] = { type: "int32", dims, data: new Int32Array(ids.length) };
    }
    return pooled(await run(feeds), outputs, texts.length, mask);
  };
}

/** The pools of every output side by side [n, features]. @param mask [n, tokens]; default: all are there. */
function pooled(
  results: Readonly<Record<string, Tensor>>,
  outputs: readonly EncoderOutput[],
  n: number,
  mask?: Int32Array,
): Float32Array {
  const size = featureCount(outputs);
  const out = new Float32Array(n * size);
  let start = 0;
  for (const output of outputs) {
    const { data } = results[output.name]!;
    const { channels } = output;
    const places = data.length / n / channels;
    for (const pool of output.pools.length > 0 ? output.pools : (["first"] as const)) {
      for (let i = 0; i < n; i++) {
        for (let c = 0; c < channels; c++) {
          const value = (place: number) =>
            data[i * places * channels + placeOf(output, place, c, places)]!;
          out[i * size + start + c] = POOLS[pool](value, places, (place) =>
            mask ? mask[i * places + place] === 1 : true,
          );
        }
      }
      start += channels;
    }
  }
  return out;
}

/** Index of a channel at a place, among an item's values. */
function placeOf(
  { rank, channelsLast, channels }: EncoderOutput,
  place: number,
  channel: number,
  places: number,
): number {
  return rank === 4 && !channelsLast ? channel * places + place : place * channels + channel;
}

type ReadPlace = (place: number) => number;
type HasPlace = (place: number) => boolean;

const POOLS = {
  first: (value: ReadPlace) => value(0),
  mean(value: ReadPlace, places: number, has: HasPlace) {
    let [sum, count] = [0, 0];
    for (let place = 0; place < places; place++) {
      if (!has(place)) continue;
      sum += value(place);
      count++;
    }
    return sum / Math.max(1, count);
  },
  max(value: ReadPlace, places: number, has: HasPlace) {
    let most = Number.NEGATIVE_INFINITY;
    for (let place = 0; place < places; place++) {
      if (has(place)) most = Math.max(most, value(place));
    }
    return most;
  },
};
