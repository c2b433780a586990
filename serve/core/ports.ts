/** The ports that the server is to listen on: whether they are free, and what is said where they are not. */

import { createServer } from "node:net";
import type { Settings } from "../settings.ts";

interface Place {
  readonly host: string;
  readonly port: number;
  /** That names the port. */
  readonly flag: "--port" | "--grpc-port";
}

/** The error of a server that cannot listen. */
export function cannotListen(error: Error, { host, port, flag }: Place): Error {
  const isTaken = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
  return new Error(
    // gRPC's errors have no code.
    isTaken || error.message.includes("EADDRINUSE")
      ? `${host}:${port} is taken; choose another with ${flag}, or 0 for a free one`
      : `cannot listen on ${host}:${port} (${error.message})`,
  );
}

/**
 * Tries the ports together, and leaves them again: opening the model takes seconds, and the server listens only then.
 *
 * @throws Error naming the first that the server could not listen on.
 */
export async function checkPorts({ host, port, grpcPort = 0 }: Settings): Promise<void> {
  const places: Place[] = [
    { host, port, flag: "--port" },
    { host, port: grpcPort, flag: "--grpc-port" },
  ];
  const held: (() => Promise<void>)[] = [];
  try {
    for (const place of places) if (place.port !== 0) held.push(await hold(place));
  } finally {
    await Promise.all(held.map((release) => release()));
  }
}

/** Listens on a port. @returns Leaves it. */
function hold(place: Place): Promise<() => Promise<void>> {
  // A connection that comes meanwhile is not ours to answer.
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(cannotListen(error, place)));
    server.listen(place.port, place.host, () =>
      resolve(() => new Promise((done) => server.close(() => done()))),
    );
  });
}
