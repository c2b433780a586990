/** `npm run web`: both pages from their sources, renewed as they are edited. */

import { createReadStream } from "node:fs";
import { join } from "node:path";
import { createServer, type Plugin } from "vite";
import { resolveBundlePath } from "../../node/bundle.ts";
import { findBundle } from "../../node/findBundle.ts";
import { BUNDLE_FOLDER, bundleFiles } from "./bundle.ts";
import { siteConfig } from "./config.ts";

/** Serves the bundle where the built site has it. */
function bundlePlugin(model: string): Plugin {
  return {
    name: "bundle",
    configureServer(server) {
      server.middlewares.use(`/${BUNDLE_FOLDER}/`, async (request, response, next) => {
        const name = new URL(request.url ?? "", "http://localhost").pathname.slice(1);
        if (!(await bundleFiles(model)).includes(name)) return next();
        createReadStream(join(resolveBundlePath(model), name)).pipe(response);
      });
    },
  };
}

try {
  const config = siteConfig();
  const server = await createServer({
    ...config,
    plugins: [
      ...(config.plugins ?? []),
      bundlePlugin(process.env.MARQUEE_MODEL || (await findBundle())),
    ],
    server: {
      headers: {
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-embedder-policy": "require-corp",
      },
    },
  });
  await server.listen();
  server.printUrls();
} catch (error) {
  const { message, stack } = error as Error;
  process.stderr.write(`error: ${process.env.DEBUG ? stack : message}\n`);
  process.exitCode = 1;
}
