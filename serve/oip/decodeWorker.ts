/** The thread that decodes large inference requests. */

import { reader } from "../core/body/reader.ts";
import type { Limits } from "../core/route.ts";
import type { DecodeTask } from "./decodeBody.ts";
import { jsonEnd, parseRequest } from "./request.ts";
import type { Decoded } from "./views/view.ts";
import { VIEWS } from "./views/views.ts";

export default reader<DecodeTask, Decoded<unknown>, Limits>(
  (manifest, limits) =>
    ({ body, jsonLength, suffix }) => {
      const view = VIEWS.find((each) => each.suffix === suffix)!;
      const end = jsonEnd(body, jsonLength);
      const parsed = parseRequest(body.subarray(0, end), view.limits(manifest, limits));
      const binary = Buffer.from(body.buffer, body.byteOffset + end, body.length - end);
      const { request, rows, work } = view.decode(parsed, binary, manifest, limits);
      const packed = view.pack(work, manifest);
      // The data are in the work.
      const result = { request: { ...request, inputs: [] }, rows, work: packed.work };
      return { result, views: packed.views };
    },
);
