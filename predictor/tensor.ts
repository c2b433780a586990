/** The tensors that the predictor and the runtime exchange. */

export type Tensor =
  | { readonly type: "float32"; readonly dims: readonly number[]; readonly data: Float32Array }
  | { readonly type: "int32"; readonly dims: readonly number[]; readonly data: Int32Array }
  | { readonly type: "uint8"; readonly dims: readonly number[]; readonly data: Uint8Array };

/** Runs the graph: named inputs -> named outputs. The host (Node, browser) provides it. */
export type RunGraph = (feeds: Record<string, Tensor>) => Promise<Record<string, Tensor>>;

export type TensorType = Tensor["type"];
/** Values of a tensor of any type. */
export type TensorData = Tensor["data"];

/** A tensor of `type` over `data`, whose type must match. */
export function tensorOf(type: TensorType, dims: readonly number[], data: TensorData): Tensor {
  return { type, dims, data } as Tensor;
}

/** New, zeroed values. */
export function zeros(type: TensorType, length: number): TensorData {
  if (type === "uint8") return new Uint8Array(length);
  return type === "int32" ? new Int32Array(length) : new Float32Array(length);
}

export const elementCount = (dims: readonly number[]): number =>
  dims.reduce((product, size) => product * size, 1);
