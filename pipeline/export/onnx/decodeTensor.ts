/** Reads the tensors of ONNX files. */
import { Refusal } from "../errors.ts";
import { type Constant, type DType, sizeOf, type TensorData } from "../ir.ts";
import { DTYPE_OF } from "../shapeRules.ts";
import type { TensorProto } from "./onnx_pb.ts";

interface ArrayType {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer): TensorData;
}

const ARRAYS: Record<DType, ArrayType> = {
  float32: Float32Array,
  float16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
};

/** Names of the element types that graphs of ours do not have. */
const OTHER_TYPES: Readonly<Record<number, string>> = {
  4: "uint16",
  5: "int16",
  8: "string",
  11: "float64",
  12: "uint32",
  13: "uint64",
  16: "bfloat16",
};

/** @throws Refusal where we do not have its type, or its data has another length than its shape. */
export function readTensor(tensor: TensorProto, name: string): Constant {
  const { dims, dataType } = tensor;
  const dtype = DTYPE_OF[dataType];
  if (!dtype) {
    throw new Refusal(`the element type ${OTHER_TYPES[dataType] ?? dataType} is not supported`);
  }
  const shape = dims.map(Number);
  const data = dataOf(tensor, dtype);
  if (data.length !== sizeOf(shape)) {
    throw new Refusal(`it has ${data.length} values, and its shape is [${shape.join(", ")}]`);
  }
  return { name, dtype, shape, data };
}

function dataOf(tensor: TensorProto, dtype: DType): TensorData {
  const { rawData, floatData, int32Data, int64Data } = tensor;
  // A copy: raw data begins anywhere in the file, and arrays only at multiples of their elements' size.
  if (rawData.length > 0) return new ARRAYS[dtype](new Uint8Array(rawData).buffer);
  if (dtype === "float32") return Float32Array.from(floatData);
  if (dtype === "int64") return BigInt64Array.from(int64Data);
  const array = new ARRAYS[dtype](
    new ArrayBuffer(int32Data.length * ARRAYS[dtype].BYTES_PER_ELEMENT),
  );
  (array as Int32Array).set(int32Data);
  return array;
}
