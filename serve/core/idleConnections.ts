/** Connections that wait for a next request: clients keep as many as they like, for as long as the server does. */

import type { Server } from "node:http";
import type { Socket } from "node:net";

/**
 * Closes the connection that has been idle for longest, while more than `most` are. Those that have not sent a request yet
 * are not counted: they end when its headers are late.
 */
export function boundIdleConnections(http: Server, most: number): void {
  /** The longest idle first. */
  const idle = new Set<Socket>();
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
      idle.add(socket);
      const [longest] = idle;
      if (idle.size > most) longest!.destroy();
    });
  });
}
