/** Area (box) filter: the mean of the input area under each output pixel, exactly, by WebAssembly in every runtime. */

import type { Rows } from "../image/rows.ts";
import { AREA_KERNEL } from "./areaKernel.ts";

/** Bytes of the input that are in the kernel's memory at a time, unless an output row covers more. */
const BAND_BYTES = 1 << 20;
const PAGE_BYTES = 1 << 16;
/** Maximum number of values that the kernel reads or writes beyond the last one. */
const SLACK = 16;
/** Alignment in bytes, the size of the kernel's largest loads and stores. */
const ALIGNMENT = 16;

interface Size {
  /** Pixels. */
  readonly height: number;
  readonly width: number;
}

interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  sumRows(
    rows: number,
    stride: number,
    weights: number,
    count: number,
    sums: number,
    values: number,
  ): void;
  meanColumns(
    sums: number,
    starts: number,
    counts: number,
    weights: number,
    step: number,
    area: number,
    out: number,
    pixels: number,
  ): void;
}

/** The part of the WebAssembly API used here: every runtime has it, but TypeScript's ECMAScript libraries do not. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

/** A result's size, and how it is made, see `PosterSpec`. */
interface Target extends Size {
  readonly scaled?: Size | undefined;
  readonly stretched?: boolean | undefined;
}

/** One that is not at work. */
let idle: Kernel | undefined;

/**
 * @param rows Of an image of sides up to 2^21; larger ones make sums that doubles do not hold exactly. Of four channels the
 *   last is ignored. All are read.
 * @param spec Of sides below 2^15, so that the kernel's weights have 16 bits.
 * @returns uint8 [height, width, 3] of `spec`: a centred crop of its aspect ratio, scaled; halves are rounded up.
 */
export function filterArea(rows: Rows, spec: Target): Uint8Array {
  const steps = filterAreaInSteps(rows, spec);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** Whether an image has the size of the result already: then it is that, and nothing is cut off it again. */
export function isScaled(image: Size, spec: Size): boolean {
  return image.width === spec.width && image.height === spec.height;
}

/** `filterArea` that stops after each row of the result, and yields the share that is done, 0 to 1. */
export function* filterAreaInSteps(rows: Rows, spec: Target): Generator<number, Uint8Array, void> {
  const { scaled = spec, stretched = false } = isScaled(rows, spec) ? {} : spec;
  const whole = yield* scale(rows, scaled, stretched);
  return scaled === spec ? whole : centreOf(whole, scaled, spec);
}

/** The centre of pixels uint8 [from.height, from.width, 3]; of an odd margin, the smaller half comes first. */
function centreOf(pixels: Uint8Array, from: Size, { height, width }: Size): Uint8Array {
  const out = new Uint8Array(height * width * 3);
  const top = Math.floor((from.height - height) / 2);
  const left = Math.floor((from.width - width) / 2);
  for (let y = 0; y < height; y++) {
    const start = ((top + y) * from.width + left) * 3;
    out.set(pixels.subarray(start, start + width * 3), y * width * 3);
  }
  return out;
}

/** How long the sides of input and output pixels are, in parts that are the same for both, and for a crop's margins. */
interface Sides {
  readonly input: number;
  readonly output: number;
}

function sidesOf(image: Size, spec: Size, stretched: boolean): { x: Sides; y: Sides } {
  const x = { input: 2 * spec.width, output: 2 * image.width };
  const y = { input: 2 * spec.height, output: 2 * image.height };
  if (stretched) return { x, y };
  const tall = image.width * spec.height <= image.height * spec.width;
  return tall ? { x, y: x } : { x: y, y };
}

function* scale(rows: Rows, spec: Size, stretched: boolean): Generator<number, Uint8Array, void> {
  const { width, height, channels } = rows;
  const { x, y: upright } = sidesOf(rows, spec, stretched);
  const columns = coverage(width, x.input, spec.width, x.output);
  const lines = coverage(height, upright.input, spec.height, upright.output);

  const stride = width * channels;
  const values = columns.inputs * channels;
  const start = columns.first[0]! * channels;
  const band = Math.max(Math.floor(BAND_BYTES / stride), ...lines.counts);
  const kernel =
    idle ?? (new WebAssembly.Instance(new WebAssembly.Module(AREA_KERNEL)).exports as Kernel);
  // Another image may be filtered between two steps.
  idle = undefined;
  const starts = columns.first.map((first) => (first * channels - start) * 4);
  const memory = layOut(kernel, {
    columnWeights: Float64Array.from(columns.weights),
    starts,
    counts: columns.counts,
    rowWeights: Int32Array.from(lines.weights),
    sums: new Int32Array(values + SLACK),
    out: new Uint8Array(spec.height * spec.width * 3),
    band: band * stride + SLACK,
  });

  const { bytes, at } = memory;
  const readInto = sequence(rows, stride);
  // First row in the band, and the one after the last.
  let [from, to] = [0, 0];
  for (let y = 0, weight = 0; y < spec.height; y++) {
    const [first, count] = [lines.first[y]!, lines.counts[y]!];
    if (first + count > to) {
      // Two output rows may cover parts of one input row.
      const kept = Math.max(0, to - first) * stride;
      const end = at.band + (to - from) * stride;
      bytes.copyWithin(at.band, end - kept, end);
      readInto(undefined, Math.max(0, first - to));
      const start = Math.max(first, to);
      from = first;
      to = Math.min(height, from + band);
      readInto(bytes.subarray(at.band + kept), to - start);
    }
    const covered = at.band + (first - from) * stride + start;
    kernel.sumRows(covered, stride, at.rowWeights + weight * 4, count, at.sums, values);
    kernel.meanColumns(
      ...([at.sums, at.starts, at.counts, at.columnWeights, channels * 4] as const),
      ...([x.output * upright.output, at.out + y * spec.width * 3, spec.width] as const),
    );
    weight += count;
    yield (y + 1) / spec.height;
  }
  // Damage below what is seen is damage, too.
  readInto(undefined, height - to);
  idle = kernel;
  return bytes.slice(at.out, at.out + spec.height * spec.width * 3);
}

/** @returns Copies the next so many rows, or without a target skips them. */
function sequence(
  rows: Rows,
  stride: number,
): (target: Uint8Array | undefined, count: number) => void {
  let rest: Uint8Array = new Uint8Array(0);
  return (target, count) => {
    for (let [at, left] = [0, count * stride]; left > 0; ) {
      if (rest.length === 0) rest = rows.next();
      if (rest.length === 0) throw new Error("internal: an image ends before its last row");
      const some = rest.subarray(0, left);
      target?.set(some, at);
      rest = rest.subarray(some.length);
      at += some.length;
      left -= some.length;
    }
  };
}

/** Which input pixels each output pixel of one axis covers. */
interface Coverage {
  /** [outputs] The first. */
  readonly first: Int32Array;
  /** [outputs] How many. */
  readonly counts: Int32Array;
  /** Parts of each input pixel, one output after the other. */
  readonly weights: readonly number[];
  /** Input pixels from the first that is covered to the last. */
  readonly inputs: number;
}

/** Coverage of a centred crop; sides in parts. */
function coverage(
  inputs: number,
  inputSide: number,
  outputs: number,
  outputSide: number,
): Coverage {
  const first = new Int32Array(outputs);
  const counts = new Int32Array(outputs);
  const weights: number[] = [];
  const margin = (inputs * inputSide - outputs * outputSide) / 2;
  for (let i = 0; i < outputs; i++) {
    const from = margin + i * outputSide;
    const to = from + outputSide;
    first[i] = Math.floor(from / inputSide);
    const before = weights.length;
    for (let side = first[i]! * inputSide; side < to; side += inputSide) {
      weights.push(Math.min(side + inputSide, to) - Math.max(side, from));
    }
    counts[i] = weights.length - before;
  }
  const end = first[outputs - 1]! + counts[outputs - 1]!;
  return { first, counts, weights, inputs: end - first[0]! };
}

type Part = number | Float64Array | Int32Array | Uint8Array;

/** Assigns each part a place in the kernel's memory, reserving as many bytes as a number says, and copies given arrays. */
function layOut<Name extends string>({ memory }: Kernel, parts: Readonly<Record<Name, Part>>) {
  const at = {} as Record<Name, number>;
  let size = 0;
  for (const [name, part] of Object.entries(parts) as [Name, Part][]) {
    at[name] = size;
    const length = typeof part === "number" ? part : part.byteLength;
    size += Math.ceil(length / ALIGNMENT) * ALIGNMENT;
  }
  const missing = Math.ceil((size - memory.buffer.byteLength) / PAGE_BYTES);
  if (missing > 0) memory.grow(missing);
  const bytes = new Uint8Array(memory.buffer);
  for (const [name, part] of Object.entries(parts) as [Name, Part][]) {
    if (typeof part === "number") continue;
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at[name]);
  }
  return { bytes, at };
}
