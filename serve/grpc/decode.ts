/** A request whose outline is known -> what the view's model is given. */

import type { Manifest } from "../../predictor/manifest.ts";
import type { Limits } from "../core/route.ts";
import type { Decoded, View } from "../oip/views/view.ts";
import { wrong } from "../oip/wrong.ts";
import { readContents } from "./contents.ts";
import type { Outline, Span } from "./outline.ts";

/** @throws HttpError 400 naming the input that is wrong. */
export function decode(
  bytes: Uint8Array,
  outline: Pick<Outline, "request" | "raw" | "contents">,
  view: View<unknown>,
  manifest: Manifest,
  limits: Limits,
): Decoded<unknown> {
  const { request, binary } = withSizes(bytes, outline, view, manifest, limits);
  return view.decode(request, binary, manifest, limits);
}

/** The request with the tensors' sizes, as the binary extension has them, and their bytes. */
export function withSizes(
  bytes: Uint8Array,
  { request, raw, contents }: Pick<Outline, "request" | "raw" | "contents">,
  view: View<unknown>,
  manifest: Manifest,
  limits: Limits,
): { request: Request; binary: Buffer } {
  const { sizes, binary } =
    raw.length > 0
      ? rawTensors(bytes, request, raw, contents)
      : readTensors(bytes, request, contents, view.limits(manifest, limits).values);
  const inputs = request.inputs.map((input, i) => ({
    ...input,
    parameters: { ...input.parameters, binary_data_size: sizes[i]! },
  }));
  return { request: { ...request, inputs }, binary };
}

interface Tensors {
  /** Bytes of each. */
  readonly sizes: readonly number[];
  /** One after the other. */
  readonly binary: Buffer;
}

type Request = Outline["request"];

/** Moves raw tensors together, within the message's own memory. */
function rawTensors(
  bytes: Uint8Array,
  { inputs }: Request,
  raw: readonly Span[],
  contents: Outline["contents"],
): Tensors {
  // Those have no contents, and are refused later.
  const own = inputs.filter((input) => !isShared(input));
  if (own.length !== raw.length) {
    throw wrong(
      `raw_input_contents has ${raw.length} tensors, but ${own.length} inputs are described`,
    );
  }
  const both = inputs.find((_, i) => contents[i]!.length > 0);
  if (both) throw wrong(`input "${both.name}" has contents, but raw_input_contents are given, too`);
  const first = alignedStart(bytes, raw[0]!.start);
  let place = first;
  for (const { start, end } of raw) {
    bytes.copyWithin(place, start, end);
    place += end - start;
  }
  const lengths = raw.map(({ start, end }) => end - start);
  let next = 0;
  return {
    sizes: inputs.map((input) => (isShared(input) ? 0 : lengths[next++]!)),
    binary: Buffer.from(bytes.buffer, bytes.byteOffset + first, place - first),
  };
}

/** The first place at which four-byte numbers may be in memory, if it is not behind `latest`. */
function alignedStart({ byteOffset }: Uint8Array, latest: number): number {
  const start = (4 - (byteOffset % 4)) % 4;
  return start <= latest ? start : 0;
}

function isShared({ parameters }: Request["inputs"][number]): boolean {
  return parameters !== undefined && "shared_memory_region" in parameters;
}

function readTensors(
  bytes: Uint8Array,
  { inputs }: Request,
  contents: Outline["contents"],
  most: number,
): Tensors {
  const parts = inputs.map((input, i) => {
    if (contents[i]!.length === 0 && !isShared(input)) {
      throw wrong(`input "${input.name}" has no contents, and there are no raw_input_contents`);
    }
    return readContents(bytes, contents[i]!, input, most);
  });
  return { sizes: parts.map(({ length }) => length), binary: Buffer.concat(parts) };
}
