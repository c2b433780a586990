/** Connections that wait for a next request: clients keep as many as they like, for as long as the server does. */

import type { Server } from "node:http";
import type { Socket } from "node:net";

/**
 * Clients that still send get this long to read the answer that they have, and new ones to send their first request: closing
 * may take it from them.
 */
const LINGER_MS = 1000;

/**
 * Closes the connection that has been idle for longest, while more than `most` are. Those that have not sent a request yet
 * are not counted: they end when its headers are late.
 *
 * `http.closeIdleConnections`, and with it `http.close`, closes these alone from then on, those that have not sent anything
 * for a second, and those that send the rest of a request that was answered without it: Node's own takes connections for idle
 * whose answer is ended and not yet sent, and cuts it off.
 */
export function boundIdleConnections(http: Server, most: number): void {
  /** The longest idle first, with the bytes that had come from each. */
  const idle = new Map<Socket, number>();
  /** Since when they are open, as `performance.now()` says it, that have not sent a request. */
  const opened = new Map<Socket, number>();
  /** Since when they are answered, as `performance.now()` says it, whose requests are still arriving. */
  const answered = new Map<Socket, number>();
  /** Requests that are not answered. */
  const open = new WeakMap<Socket, number>();
  http.on("connection", (socket) => {
    opened.set(socket, performance.now());
    socket.once("close", () => {
      for (const state of [opened, idle, answered]) state.delete(socket);
    });
  });
  http.on("request", (request, response) => {
    const { socket } = request;
    for (const state of [opened, idle, answered]) state.delete(socket);
    open.set(socket, (open.get(socket) ?? 0) + 1);
    response.once("close", () => {
      const others = open.get(socket)! - 1;
      open.set(socket, others);
      if (others > 0 || socket.destroyed) return;
      if (request.complete) {
        becomeIdle(socket);
        return;
      }
      answered.set(socket, performance.now());
      request.once("close", () => {
        // False where the connection is closed, or a next request has come with the rest of this one.
        if (answered.delete(socket) && !socket.destroyed) becomeIdle(socket);
      });
    });
  });
  http.closeIdleConnections = () => {
    for (const [socket, bytes] of idle) {
      // The headers of a next request are arriving where there are more.
      if (socket.bytesRead === bytes) socket.destroy();
    }
    const before = performance.now() - LINGER_MS;
    for (const [socket, since] of answered) {
      if (since <= before) socket.destroy();
    }
    for (const [socket, since] of opened) {
      if (since <= before && socket.bytesRead === 0) socket.destroy();
    }
  };

  function becomeIdle(socket: Socket): void {
    idle.set(socket, socket.bytesRead);
    const [longest] = idle.keys();
    if (idle.size > most) longest!.destroy();
  }
}
