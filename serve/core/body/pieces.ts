/** The pieces of a request's body, as large as they have arrived. */

import type { IncomingMessage } from "node:http";

/**
 * Reads a body. Of a packet that holds thousands of pieces, as clients may send them, they come as one: an event for each
 * would take tens of milliseconds.
 *
 * @param take Returns false to be given no more until `resume`.
 */
export function readPieces(
  request: IncomingMessage,
  take: (piece: Buffer) => boolean,
): { readonly resume: () => void; readonly stop: () => void } {
  let paused = false;
  const read = () => {
    while (!paused) {
      const piece = request.read() as Buffer | null;
      if (piece === null) return;
      paused = !take(piece);
    }
  };
  request.on("readable", read);
  return {
    resume() {
      paused = false;
      read();
    },
    stop() {
      paused = true;
      request.off("readable", read);
    },
  };
}
