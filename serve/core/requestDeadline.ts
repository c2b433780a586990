/** How long a request may take to arrive, whether or not anything reads it. Node's own limit knows no exceptions. */

import type { IncomingMessage, RequestListener } from "node:http";

const timers = new WeakMap<IncomingMessage, NodeJS.Timeout>();

/** Closes connections whose request is not there after `ms`, but for those that `mayTakeLong` was called with. */
export function endUnfinished(listener: RequestListener, ms: number): RequestListener {
  return (request, response) => {
    const end = () => {
      if (!request.complete) request.destroy();
    };
    timers.set(request, setTimeout(end, ms).unref());
    request.once("close", () => mayTakeLong(request));
    listener(request, response);
  };
}

/** Takes the limit from a request whose reader has its own. */
export function mayTakeLong(request: IncomingMessage): void {
  clearTimeout(timers.get(request));
  timers.delete(request);
}
