/** A plain file server, as a user may have: under any path, with or without cross-origin isolation. */

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import express from "express";
import expressStaticGzip from "express-static-gzip";

export interface ServeOptions {
  /** Path that the folder is served under. Default "/". */
  readonly path?: string;
  /** Whether to send the headers that threads need. Default true. */
  readonly isolated?: boolean;
  /** Headers that are sent with every file. Default: none. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The best copies that are sent in place of their files, by nginx' names for it. Default: none. */
  readonly compressed?: "gzip_static" | "brotli_static";
}

export interface FileServer {
  /** URL of the folder, with a slash at its end. */
  readonly url: string;
  /** Requests so far: the method, the path from the server's root, and status and length of the answer as sent. */
  readonly requests: readonly {
    readonly method: string;
    readonly path: string;
    readonly status: number;
    readonly bytes: number;
  }[];
  /** Accepts requests from now on without answering them, as a very bad network does. */
  stall(): void;
  close(): Promise<void>;
}

/** Serves a folder on a free port of this computer. */
export async function serveFolder(
  folder: string,
  { path = "/", isolated = true, headers = {}, compressed }: ServeOptions = {},
): Promise<FileServer> {
  const requests: FileServer["requests"][number][] = [];
  let stalled = false;
  const app = express();
  app.disable("x-powered-by");
  app.use((request, response, next) => {
    if (stalled) return;
    response.on("finish", () => {
      requests.push({
        method: request.method,
        path: request.originalUrl,
        status: response.statusCode,
        bytes: request.method === "HEAD" ? 0 : Number(response.get("content-length") ?? 0),
      });
    });
    if (isolated) {
      response.set("cross-origin-opener-policy", "same-origin");
      response.set("cross-origin-embedder-policy", "require-corp");
    }
    response.set({ "cache-control": "no-cache", ...headers });
    next();
  });
  const files = compressed
    ? expressStaticGzip(folder, {
        enableBrotli: compressed === "brotli_static",
        orderPreference: ["br", "gz"],
      })
    : express.static(folder, { cacheControl: false });
  app.use(path, files);
  const server = app.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${path.replace(/\/?$/, "/")}`,
    requests,
    stall() {
      stalled = true;
    },
    async close() {
      const closed = once(server, "close");
      server.close();
      // Browsers keep connections open for later requests.
      server.closeAllConnections();
      await closed;
    },
  };
}
