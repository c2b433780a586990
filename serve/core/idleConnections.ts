/** Connections that wait for a next request: clients keep as many as they like, for as long as the server does. */

import type { Server } from "node:http";
import type { Socket } from "node:net";

/** Clients get this long to read an answer that came before the rest of their request: closing may take it from them. */
const LINGER_MS = 1000;
/** New connections get this long to send something, and requests this long for the rest of their headers. */
const SILENT_MS = 1000;
const HEADERS_MS = 2000;

/**
 * Closes the connection that has been idle for longest, while more than `most` are. Those that have not sent a request yet
 * are not counted: they end when its headers are late.
 *
 * `http.closeIdleConnections`, and with it `http.close`, closes these alone from then on, as Node's own takes connections for
 * idle whose answer is ended and not yet sent, and cuts it off. While a server stops, it calls this again and again, and
 * Node no longer checks for late headers. So it also closes connections that send nothing, that send only a part of a request's
 * headers, or that still send the body of a request that was answered without it.
 */
export function boundIdleConnections(http: Server, most: number): void {
  /** The longest idle first, with the bytes that had come from each. */
  const idle = new Map<Socket, number>();
  /** Those that have not sent a request. */
  const opened = new Set<Socket>();
  /** Those that are answered, and whose requests are still arriving. */
  const answered = new Set<Socket>();
  /** Since when they are to be closed, as `performance.now()` says it, and whether their time was over at the last try. */
  const ending = new WeakMap<Socket, { readonly since: number; over: boolean }>();
  /** Requests that are not answered. */
  const open = new WeakMap<Socket, number>();
  http.on("connection", (socket) => {
    opened.add(socket);
    socket.once("close", () => {
      for (const state of [opened, idle, answered]) state.delete(socket);
    });
  });
  http.on("request", (request, response) => {
    const { socket } = request;
    for (const state of [opened, idle, answered, ending]) state.delete(socket);
    open.set(socket, (open.get(socket) ?? 0) + 1);
    response.once("close", () => {
      const others = open.get(socket)! - 1;
      open.set(socket, others);
      if (others > 0 || socket.destroyed) return;
      if (request.complete) {
        becomeIdle(socket);
        return;
      }
      answered.add(socket);
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
      else closeAfter(HEADERS_MS, socket);
    }
    for (const socket of answered) closeAfter(LINGER_MS, socket);
    for (const socket of opened) {
      closeAfter(socket.bytesRead === 0 ? SILENT_MS : HEADERS_MS, socket);
    }
  };

  function closeAfter(milliseconds: number, socket: Socket): void {
    const state = ending.get(socket) ?? { since: performance.now(), over: false };
    ending.set(socket, state);
    // One more try: a process that was busy for so long has not read what came meanwhile.
    const over = performance.now() - state.since >= milliseconds;
    if (over && state.over) socket.destroy();
    state.over = over;
  }

  function becomeIdle(socket: Socket): void {
    ending.delete(socket);
    idle.set(socket, socket.bytesRead);
    const [longest] = idle.keys();
    if (idle.size > most) longest!.destroy();
  }
}
