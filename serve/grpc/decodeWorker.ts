/** The thread that decodes large messages. */

import { reader } from "../core/body/reader.ts";
import type { Limits } from "../core/route.ts";
import type { DecodedRequest } from "../oip/decode.ts";
import { movableRequest } from "../oip/movable.ts";
import { decode } from "./decode.ts";
import type { MessageTask } from "./decodeMessage.ts";

export default reader<MessageTask, DecodedRequest, Limits>(
  (manifest, limits) =>
    ({ memory, message, ...outline }) =>
      movableRequest(
        decode(memory.subarray(message.start, message.end), outline, manifest, limits),
      ),
);
