/** `npm run web`: serves both pages from their sources, reloading them as the sources are edited. */

import { createReadStream } from "node:fs";
import { join } from "node:path";
import { createServer, type Plugin } from "vite";
import * as z from "zod";
import { resolveBundlePath } from "../../node/bundle.ts";
import { runCommand } from "../../node/command.ts";
import { findBundle, modelOption } from "../../node/findBundle.ts";
import { BUNDLE_FOLDER, bundleFiles } from "./bundle.ts";
import { siteConfig } from "./config.ts";

/** Serves the bundle where the built site has it. */
function bundlePlugin(model: string): Plugin {
  return {
    name: "bundle",
    configureServer(server) {
      server.middlewares.use(`/${BUNDLE_FOLDER}/`, async (request, response, next) => {
        const name = new URL(request.url ?? "", "http://localhost").pathname.slice(1);
        try {
          if (!(await bundleFiles(model)).includes(name)) return next();
          createReadStream(join(resolveBundlePath(model), name)).pipe(response);
        } catch (error) {
          // The bundle was replaced by something else; the server goes on.
          next(error);
        }
      });
    },
  };
}

const program = {
  name: "npm run web --",
  description: "Serves both pages from their sources and reloads them as the sources are edited.",
  schema: z.strictObject({
    model: modelOption,
    host: z.string().min(1).default("localhost").describe("address to listen on"),
    port: z.int().min(1).max(65535).default(5173).describe("port, or the next free one"),
  }),
  environmentPrefix: "MARQUEE_",
};

await runCommand(program, async ({ model, host, port }) => {
  const bundle = model ?? (await findBundle());
  // Reports a bundle that cannot be used now, not at the page's first request.
  await bundleFiles(bundle);
  const config = siteConfig();
  const server = await createServer({
    ...config,
    plugins: [...(config.plugins ?? []), bundlePlugin(bundle)],
    server: {
      host,
      port,
      headers: {
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-embedder-policy": "require-corp",
      },
    },
  });
  await server.listen();
  server.printUrls();
  return 0;
});
