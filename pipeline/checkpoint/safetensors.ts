/**
 * Named arrays in one file, in the safetensors layout that other tools read
 * (https://github.com/huggingface/safetensors#format): the header's length in 8 bytes, a JSON header, then the values.
 * The format is little-endian, and so is every platform that Node's typed arrays run on here.
 */

import * as z from "zod";

export type Values = Float64Array | Float32Array | Int32Array | Uint32Array | Uint8Array;

export interface Safetensors {
  readonly metadata: Readonly<Record<string, string>>;
  /** Flat arrays; the reader knows their shapes. */
  readonly tensors: ReadonlyMap<string, Values>;
}

const ARRAYS = {
  F64: Float64Array,
  F32: Float32Array,
  I32: Int32Array,
  U32: Uint32Array,
  U8: Uint8Array,
} as const;
type DType = keyof typeof ARRAYS;

const LENGTH_BYTES = 8;
/** Values start at a multiple of this many bytes. */
const ALIGNMENT = 8;
const METADATA = "__metadata__";

const entrySchema = z.object({
  dtype: z.enum(Object.keys(ARRAYS) as [DType, ...DType[]]),
  shape: z.tuple([z.int().min(0)]),
  data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
});
const headerSchema = z
  .object({ [METADATA]: z.record(z.string(), z.string()).default({}) })
  .catchall(entrySchema);

export function encodeSafetensors({ metadata, tensors }: Safetensors): Uint8Array {
  let end = 0;
  const entries = [...tensors].map(([name, values]) => {
    const start = end;
    end += values.byteLength;
    return [
      name,
      { dtype: dtypeOf(values), shape: [values.length], data_offsets: [start, end] },
    ] as const;
  });
  const json = JSON.stringify({ [METADATA]: metadata, ...Object.fromEntries(entries) });
  const length = Buffer.byteLength(json);
  const padding = -(LENGTH_BYTES + length) & (ALIGNMENT - 1);
  const size = Buffer.alloc(LENGTH_BYTES);
  size.writeBigUInt64LE(BigInt(length + padding));
  return Buffer.concat([
    size,
    Buffer.from(json + " ".repeat(padding)),
    ...[...tensors.values()].map(
      ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength),
    ),
  ]);
}

/** @throws Error saying what is wrong with the bytes. */
export function decodeSafetensors(bytes: Uint8Array): Safetensors {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.length < LENGTH_BYTES ? Number.NaN : Number(view.getBigUint64(0, true));
  const dataStart = LENGTH_BYTES + length;
  if (!(dataStart <= bytes.length)) throw new Error("it ends within its header");
  const json = Buffer.from(bytes.subarray(LENGTH_BYTES, dataStart)).toString();
  const { [METADATA]: metadata, ...entries } = headerSchema.parse(JSON.parse(json));
  const tensors = new Map<string, Values>();
  for (const [name, entry] of Object.entries(entries)) {
    const { dtype, shape, data_offsets } = entrySchema.parse(entry);
    const [start, end] = data_offsets;
    if (end - start !== shape[0] * ARRAYS[dtype].BYTES_PER_ELEMENT) {
      throw new Error(`"${name}" has ${end - start} bytes for ${shape[0]} values of ${dtype}`);
    }
    if (dataStart + end > bytes.length) throw new Error(`it ends within "${name}"`);
    // Copied, because a typed array must start at a multiple of its element size.
    const copy = Uint8Array.from(bytes.subarray(dataStart + start, dataStart + end));
    tensors.set(name, new ARRAYS[dtype](copy.buffer));
  }
  return { metadata, tensors };
}

function dtypeOf(values: Values): DType {
  if (values instanceof Float64Array) return "F64";
  if (values instanceof Float32Array) return "F32";
  if (values instanceof Uint8Array) return "U8";
  return values instanceof Int32Array ? "I32" : "U32";
}
