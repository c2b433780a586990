/** The thread that decodes large inference requests. */

import { reader } from "../core/body/reader.ts";
import type { Limits } from "../core/route.ts";
import type { DecodeTask } from "./decodeBody.ts";
import { jsonEnd, parseRequest } from "./request.ts";
import type { Decoded } from "./views/view.ts";
import { packed, VIEWS } from "./views/views.ts";

export default reader<DecodeTask, Decoded<unknown>, Limits>(
  (manifest, limits) =>
    ({ body, jsonLength, suffix }) => {
      const view = VIEWS.find((each) => each.suffix === suffix)!;
      const end = jsonEnd(body, jsonLength);
      const parsed = parseRequest(body.subarray(0, end), view.limits(manifest, limits));
      const binary = Buffer.from(body.buffer, body.byteOffset + end, body.length - end);
      return packed(view.decode(parsed, binary, manifest, limits), view, manifest);
    },
);
