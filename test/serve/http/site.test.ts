/** The site's files as the server sends them. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, get, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import express from "express";
import { securityHeaders, siteRouter } from "../../../serve/http/site.ts";

let root: string;
let server: Server;

before(async () => {
  root = await mkdtemp(join(tmpdir(), "marquee-site-"));
  const files = {
    "index.html": "<p>page",
    "index.html.br": "brotli",
    "sw.js": "1",
    "assets/main-Ab3_x-9Z.js": "2",
    "assets/main-Ab3_x-9Z.js.gz": "gzip",
    "model/model.onnx": "graph",
    "model/model.onnx.br": "brotli",
  };
  for (const folder of ["assets", "model"]) await mkdir(join(root, folder));
  for (const [name, text] of Object.entries(files)) await writeFile(join(root, name), text);
  server = createServer(express().use(siteRouter(root))).listen(0, "127.0.0.1");
  await once(server, "listening");
});
after(async () => {
  server.close();
  await rm(root, { recursive: true, force: true });
});

/** Headers as sent; `fetch` would decompress the body and drop them. */
async function headersOf(path: string, accepted: string) {
  const { port } = server.address() as AddressInfo;
  const request = get({ port, path, agent: false, headers: { "accept-encoding": accepted } });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  response.resume();
  return response.headers;
}

test("only the origins that are named may show the page in a frame", async () => {
  const sites = ["https://a.example", "https://b.example:8443"];
  const secure = (embedOrigins: readonly string[]) =>
    express().use(securityHeaders([]), siteRouter(root, embedOrigins));
  for (const [embedOrigins, ancestors, frames, resources] of [
    [[], "'self'", "SAMEORIGIN", "same-origin"],
    [sites, `'self' ${sites.join(" ")}`, null, "cross-origin"],
  ] as const) {
    const running = createServer(secure(embedOrigins)).listen(0, "127.0.0.1");
    await once(running, "listening");
    const { port } = running.address() as AddressInfo;
    const { headers } = await fetch(`http://127.0.0.1:${port}/`);
    const policy = headers.get("content-security-policy")!.split(";");
    assert.deepEqual(
      policy.filter((directive) => directive.startsWith("frame-ancestors")),
      [`frame-ancestors ${ancestors}`],
    );
    assert.ok(policy.includes("script-src 'self' 'wasm-unsafe-eval'"), "the rest stays");
    assert.equal(headers.get("x-frame-options"), frames);
    assert.equal(headers.get("cross-origin-resource-policy"), resources);
    running.close();
  }
});

for (const [path, accepted, encoding, type, cache] of [
  ["/", "gzip, br", "br", /^text\/html/, "no-cache"],
  ["/", "gzip", undefined, /^text\/html/, "no-cache"],
  ["/sw.js", "br", undefined, /^text\/javascript/, "no-cache"],
  [
    "/assets/main-Ab3_x-9Z.js",
    "br, gzip",
    "gzip",
    /^text\/javascript/,
    "public, max-age=31536000, immutable",
  ],
  ["/model/model.onnx?sha256=0", "br", "br", /^application\/octet-stream$/, "no-cache"],
  ["/model/model.onnx", "", undefined, /^application\/octet-stream$/, "no-cache"],
] as const) {
  test(`${path} with Accept-Encoding "${accepted}": ${encoding ?? "as it is"}, ${cache}`, async () => {
    const headers = await headersOf(path, accepted);
    assert.equal(headers["content-encoding"], encoding);
    assert.match(headers["content-type"]!, type);
    assert.equal(headers["cache-control"], cache);
  });
}
