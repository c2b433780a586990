/** A decoded request as a thread hands it over: its tensors are moved, not copied. */

import { type Tensor, tensorOf } from "../../predictor/tensor.ts";
import type { DecodedRequest } from "./decode.ts";

/** The request without its data, which are in the feeds, and the views whose memory is moved. */
export function movableRequest({ request, feeds, rows }: DecodedRequest): {
  readonly result: DecodedRequest;
  readonly views: readonly ArrayBufferView[];
} {
  const own = Object.entries(feeds).map(([name, tensor]) => [name, alone(tensor)] as const);
  return {
    result: { request: { ...request, inputs: [] }, feeds: Object.fromEntries(own), rows },
    views: own.map(([, { data }]) => data),
  };
}

/** The tensor in a buffer of its own, which can be moved. */
function alone(tensor: Tensor): Tensor {
  const { type, dims, data } = tensor;
  return data.byteLength === data.buffer.byteLength ? tensor : tensorOf(type, dims, data.slice());
}
