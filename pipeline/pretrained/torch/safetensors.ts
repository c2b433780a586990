/** Reads safetensors (https://github.com/huggingface/safetensors#format): a JSON header with places, then the data. */

import * as z from "zod";
import { InputError } from "../../../predictor/errors.ts";
import { ELEMENTS, type ElementType, elementCount, type StateDict, type Weight } from "./weight.ts";

/** Maximum size of the header, in bytes: the format's own limit. */
const LARGEST_HEADER = 100_000_000;

const size = z.int().nonnegative();
const header = z.record(
  z.string(),
  z.object({ dtype: z.string(), shape: z.array(size), data_offsets: z.tuple([size, size]) }),
);

/**
 * @param bytes The whole file.
 * @param file Named in errors.
 * @returns Its tensors, as views of `bytes`. What the header says beside them (`__metadata__`) is left out.
 * @throws InputError where the file breaks the format: its sizes, its header, or tensors that lie outside of it, overlap,
 *   or leave gaps; or has elements of a type that is not read.
 */
export function readSafetensors(bytes: Uint8Array, file: string): StateDict {
  const fail = (what: string): never => {
    throw new InputError(file, `is not a complete safetensors file: ${what}`);
  };
  if (bytes.length < 8) fail(`it has ${bytes.length} bytes, its header's length alone takes 8`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Number(view.getBigUint64(0, true));
  if (length > LARGEST_HEADER) fail(`its header would have ${length} bytes`);
  if (length > bytes.length - 8)
    fail(`its header has ${length} bytes, but only ${bytes.length - 8} follow`);
  const entries = parseHeader(bytes.subarray(8, 8 + length), fail);
  const data = bytes.subarray(8 + length);
  const weights = new Map<string, Weight>();
  for (const [name, { dtype, shape, data_offsets }] of entries) {
    if (!Object.hasOwn(ELEMENTS, dtype))
      throw new InputError(
        file,
        `"${name}" has elements of type ${dtype}; read are ${Object.keys(ELEMENTS).join(", ")}`,
      );
    const type = dtype as ElementType;
    const [start, end] = data_offsets;
    const expected = elementCount(shape) * ELEMENTS[type].size;
    if (end - start !== expected)
      fail(`"${name}" of shape [${shape}] takes ${expected} bytes, it has ${end - start}`);
    if (end > data.length) fail(`"${name}" ends at byte ${end} of ${data.length}`);
    weights.set(name, { type, shape, bytes: () => data.subarray(start, end) });
  }
  checkCovered(
    entries.map(([name, { data_offsets }]) => ({ name, offsets: data_offsets })),
    data.length,
    fail,
  );
  return weights;
}

type Fail = (what: string) => never;

function parseHeader(bytes: Uint8Array, fail: Fail) {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return fail("its header is not JSON");
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    return fail("its header is not a JSON object");
  const { __metadata__: _, ...tensors } = parsed as Record<string, unknown>;
  const checked = header.safeParse(tensors);
  if (checked.success) return Object.entries(checked.data);
  const [issue] = checked.error.issues;
  return fail(`in its header, ${issue?.path.join(".")}: ${issue?.message}`);
}

/** The format allows neither gaps nor overlaps. A name that stands twice in the header leaves a gap, too. */
function checkCovered(
  tensors: readonly { name: string; offsets: readonly [number, number] }[],
  length: number,
  fail: Fail,
): void {
  let covered = 0;
  const ordered = [...tensors].sort(
    (a, b) => a.offsets[0] - b.offsets[0] || a.offsets[1] - b.offsets[1],
  );
  for (const { name, offsets } of ordered) {
    if (offsets[0] !== covered)
      fail(`"${name}" begins at byte ${offsets[0]}, the tensor before ends at ${covered}`);
    covered = offsets[1];
  }
  if (covered !== length) fail(`its tensors end at byte ${covered} of ${length}`);
}
