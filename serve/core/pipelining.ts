/** Requests that a client sends on one connection without waiting for answers. */

import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** A connection's requests that wait for the answer of the one before them. */
type Waiting = [request: IncomingMessage, response: ServerResponse][];

/**
 * Makes the listener handle one request of a connection at a time, in turns of the event loop: Node would hand over all that
 * one packet holds at once, up to two thousand, while no other connection has its turn. Answers are sent in order anyway.
 */
export function oneAtATime(listener: RequestListener): RequestListener {
  const busy = new WeakMap<Socket, Waiting>();

  function handle(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    response.once("close", () => {
      setImmediate(() => {
        // Those of a closed connection are dropped with it.
        const next = socket.destroyed ? undefined : busy.get(socket)?.shift();
        if (next) handle(...next);
        else busy.delete(socket);
      });
    });
    listener(request as never, response as never);
  }

  return (request, response) => {
    const waiting = busy.get(request.socket);
    if (waiting) {
      waiting.push([request, response]);
      return;
    }
    busy.set(request.socket, []);
    handle(request, response);
  };
}
