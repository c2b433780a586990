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

const model = process.env.MARQUEE_MODEL || (await findBundle());
const config = siteConfig();
const server = await createServer({
  ...config,
  plugins: [...(config.plugins ?? []), bundlePlugin(model)],
  server: {
    headers: {
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
    },
  },
});
await server.listen();
server.printUrls();
