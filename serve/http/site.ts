/** Serves the built page at / and the API's documentation at /docs, with caching and security headers. */

import { existsSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import express, { type RequestHandler, Router } from "express";
import expressStaticGzip from "express-static-gzip";
import helmet from "helmet";
import { BUILT } from "../../node/script.ts";

/** Vite puts a hash of the content into these names, so their content never changes. */
const HASHED = /-[\w-]{8,}\.\w+(?:\.(?:br|gz))?$/;
const GRAPH = /\.onnx(?:\.(?:br|gz))?$/;
/** What has a policy: pages, and scripts, which may run as workers. */
const PROGRAM = /\.(?:html|js)(?:\.(?:br|gz))?$/;
const YEAR_SECONDS = 365 * 24 * 60 * 60;

/** Security headers, including those that browsers require for shared memory between WASM threads. */
export function securityHeaders(cors: readonly string[]): ReturnType<typeof helmet> {
  return helmet({
    contentSecurityPolicy: {
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'", "'wasm-unsafe-eval'"],
        workerSrc: ["'self'", "blob:"],
        connectSrc: ["'self'", "blob:", "data:"],
        imgSrc: ["'self'", "blob:", "data:"],
        mediaSrc: ["'self'", "blob:"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        // The server speaks HTTP and cannot know whether TLS is in front of it.
        upgradeInsecureRequests: null,
      },
    },
    crossOriginOpenerPolicy: { policy: "same-origin" },
    crossOriginEmbedderPolicy: { policy: "require-corp" },
    crossOriginResourcePolicy: { policy: cors.length > 0 ? "cross-origin" : "same-origin" },
  });
}

/** For the site only: the API's documentation writes its HTML as text. */
function requireTrustedTypes(response: ServerResponse): void {
  const policy = response.getHeader("content-security-policy");
  const rules = "require-trusted-types-for 'script'; trusted-types marquee default";
  response.setHeader("content-security-policy", `${policy}; ${rules}`);
}

/**
 * The page's files, brotli or gzip where the build left them beside the originals.
 *
 * @param embedOrigins Whose pages may show the page in a frame; `*`: all.
 */
export function siteRouter(folder: string, embedOrigins: readonly string[] = []): Router {
  const router = Router();
  if (embedOrigins.length > 0) router.use(embeddable(embedOrigins));
  if (!existsSync(join(folder, "index.html"))) {
    router.get("/", (_request, response) => {
      response.type("html").send(NO_PAGE);
    });
    return router;
  }
  router.use(
    expressStaticGzip(folder, {
      enableBrotli: true,
      orderPreference: ["br", "gz"],
      serveStatic: {
        cacheControl: false,
        setHeaders(response, path) {
          response.setHeader(
            "cache-control",
            HASHED.test(path) ? `public, max-age=${YEAR_SECONDS}, immutable` : "no-cache",
          );
          // The table of media types has no entry for it.
          if (GRAPH.test(path)) response.setHeader("content-type", "application/octet-stream");
          if (PROGRAM.test(path)) requireTrustedTypes(response);
        },
      },
    }),
  );
  return router;
}

/** Lets pages of these origins show the page in a frame, those that are cross-origin isolated, too. */
function embeddable(origins: readonly string[]): RequestHandler {
  const ancestors = `frame-ancestors 'self' ${origins.join(" ")}`;
  return (_request, response, next) => {
    const policy = String(response.getHeader("content-security-policy") ?? "");
    const others = policy.replace(/(^|;)\s*frame-ancestors[^;]*/, "");
    response.setHeader(
      "content-security-policy",
      others === "" ? ancestors : `${others};${ancestors}`,
    );
    // It knows no list of origins, and browsers that have the policy need none.
    response.removeHeader("x-frame-options");
    response.setHeader("cross-origin-resource-policy", "cross-origin");
    next();
  };
}

const NO_PAGE = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Marquee</title>
<body><h1>Marquee</h1>
<p>The server is running. The page is not built; <a href="docs">the API's documentation is here</a>.</p></body></html>
`;

const INITIALIZER = `window.onload = () => {
  window.ui = SwaggerUIBundle({
    url: "/openapi.json",
    dom_id: "#swagger-ui",
    deepLinking: true,
    presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
    plugins: [SwaggerUIBundle.plugins.DownloadUrl],
    layout: "StandaloneLayout",
    // By default, the page sends the document's address to validator.swagger.io.
    validatorUrl: null,
  });
};
`;

/** Swagger UI's files: `tools/build.ts` copies them; a checkout has them in the package that carries them. */
function swaggerFolder(): string {
  if (BUILT) return fileURLToPath(new URL("./swagger-ui", import.meta.url));
  const { resolve } = createRequire(import.meta.url);
  return join(dirname(resolve("@fastify/swagger-ui/package.json")), "static");
}

/** Swagger UI; all of its files come from this server. */
export function docsRouter(): Router {
  const router = Router();
  router.get("/docs/swagger-initializer.js", (_request, response) => {
    response.type("text/javascript").send(INITIALIZER);
  });
  router.use("/docs", express.static(swaggerFolder(), { index: "index.html", maxAge: "1h" }));
  return router;
}
