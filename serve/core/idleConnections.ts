/** Connections that wait for a next request: clients keep as many as they like, for as long as the server does. */

import type { Server } from "node:http";
import type { Socket } from "node:net";

/**
 * Closes the connection that has been idle for longest, while more than `most` are. Those that have not sent a request yet
 * are not counted: they end when its headers are late.
 *
 * `http.closeIdleConnections`, and with it `http.close`, closes these alone from then on: Node's own takes connections for
 * idle whose answer is ended and not yet sent, and cuts it off.
 */
export function boundIdleConnections(http: Server, most: number): void {
  /** The longest idle first, with the bytes that had come from each. */
  const idle = new Map<Socket, number>();
  /** Requests that are not answered. */
  const open = new WeakMap<Socket, number>();
  http.on("connection", (socket) => socket.once("close", () => idle.delete(socket)));
  http.on("request", ({ socket }, response) => {
    idle.delete(socket);
    open.set(socket, (open.get(socket) ?? 0) + 1);
    response.once("close", () => {
      const others = open.get(socket)! - 1;
      open.set(socket, others);
      if (others > 0 || socket.destroyed) return;
      idle.set(socket, socket.bytesRead);
      const [longest] = idle.keys();
      if (idle.size > most) longest!.destroy();
    });
  });
  http.closeIdleConnections = () => {
    for (const [socket, bytes] of idle) {
      // The headers of a next request are arriving where there are more.
      if (socket.bytesRead === bytes) socket.destroy();
    }
  };
}
