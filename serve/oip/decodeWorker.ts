/** The thread that decodes large inference requests. */

import { type Tensor, tensorOf } from "../../predictor/tensor.ts";
import { reader } from "../core/body/reader.ts";
import type { Limits } from "../core/route.ts";
import { type DecodedRequest, decodeInfer } from "./decode.ts";
import type { InferBody } from "./decodeBody.ts";

export default reader<InferBody, DecodedRequest, Limits>(
  (manifest, limits) =>
    ({ body, jsonLength }) => {
      const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
      const { request, feeds, rows } = decodeInfer(bytes, jsonLength, manifest, limits);
      const own = Object.entries(feeds).map(([name, tensor]) => [name, alone(tensor)] as const);
      return {
        // The data are in the feeds.
        result: { request: { ...request, inputs: [] }, feeds: Object.fromEntries(own), rows },
        views: own.map(([, { data }]) => data),
      };
    },
);

/** The tensor in a buffer of its own, which can be moved. */
function alone(tensor: Tensor): Tensor {
  const { type, dims, data } = tensor;
  return data.byteLength === data.buffer.byteLength ? tensor : tensorOf(type, dims, data.slice());
}
