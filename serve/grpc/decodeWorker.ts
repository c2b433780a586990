/** The thread that decodes large messages. */

import { reader } from "../core/body/reader.ts";
import type { Limits } from "../core/route.ts";
import type { Decoded } from "../oip/views/view.ts";
import { packed, VIEWS } from "../oip/views/views.ts";
import { decode } from "./decode.ts";
import type { MessageTask } from "./decodeMessage.ts";

export default reader<MessageTask, Decoded<unknown>, Limits>(
  (manifest, limits) =>
    ({ memory, message, suffix, ...outline }) => {
      const view = VIEWS.find((each) => each.suffix === suffix)!;
      const bytes = memory.subarray(message.start, message.end);
      return packed(decode(bytes, outline, view, manifest, limits), view, manifest);
    },
);
