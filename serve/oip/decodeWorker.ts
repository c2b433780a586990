/** The thread that decodes large inference requests. */

import { reader } from "../core/body/reader.ts";
import type { Limits } from "../core/route.ts";
import { type DecodedRequest, decodeInfer } from "./decode.ts";
import type { InferBody } from "./decodeBody.ts";
import { movableRequest } from "./movable.ts";

export default reader<InferBody, DecodedRequest, Limits>(
  (manifest, limits) =>
    ({ body, jsonLength }) => {
      const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
      return movableRequest(decodeInfer(bytes, jsonLength, manifest, limits));
    },
);
