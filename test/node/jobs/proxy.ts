/** A proxy between a test and its Redis, which loses connections as networks do. */

import { connect, createServer, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

export interface TestProxy {
  readonly url: string;
  /** Ends all connections, and refuses others for a while, in milliseconds. */
  cut(ms: number): Promise<void>;
  /** Hands nothing on any more and says nothing, as when a cable is pulled; later connections are good. */
  freeze(): void;
  close(): void;
}

/** @param url Where it leads: redis://host:port. */
export async function startProxy(url: string): Promise<TestProxy> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  let refuses = false;
  const server = createServer((client) => {
    if (refuses) return void client.destroy();
    const redis = connect(Number(port), hostname);
    for (const [from, to] of [
      [client, redis],
      [redis, client],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from
        .on("error", () => {})
        .on("close", () => {
          sockets.delete(from);
          to.destroy();
        });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const destroyAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `redis://127.0.0.1:${(server.address() as { port: number }).port}`,
    async cut(ms) {
      refuses = true;
      destroyAll();
      await pause(ms);
      refuses = false;
    },
    freeze() {
      for (const socket of sockets) socket.unpipe().pause();
    },
    close() {
      destroyAll();
      server.close();
    },
  };
}
