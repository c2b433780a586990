/**
 * Stores the site's files, so that it opens without a network. The bundle is stored by the worker that verified it.
 *
 * A build writes its list of files into this program. Browsers notice that another build's program differs; it fetches its
 * own files before it takes over and removes the old ones.
 */

import { downloadCopy, UNPACKS } from "../download/copies.ts";
import type { SiteFiles } from "./siteFiles.ts";

declare const self: ServiceWorkerGlobalScope;
declare const SITE_FILES: SiteFiles;
declare const POLICY: string;

const { version, first, later } = SITE_FILES;
const PREFIX = "marquee-site";
const scope = self.registration.scope;
const STORE = `${PREFIX} ${scope} ${version}`;
/** If a page is stored, a network that takes longer to begin sending it counts as none. */
const PAGE_TIMEOUT_MS = 4000;
/** Every file of the build. Those in `first` are fetched at installation, the others are stored when they are used. */
const known = new Set([...first, ...later].map((name) => scope + name));
const storedOnUse = new Set(later.map((name) => scope + name));

self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(STORE);
      const names = [...first, ...(await languagesInUse())];
      await Promise.all(
        names.map(async (name) => {
          const copy = await unpacked(scope + name);
          if (copy) return cache.put(scope + name, copy);
          // Names under assets/ contain a hash, so the browser's cache has the right content; pages have no hash.
          const mode = name.includes("/") ? "default" : "no-cache";
          await cache.add(new Request(scope + name, { cache: mode }));
        }),
      );
      await self.skipWaiting();
    })(),
  );
});

/** Files of the languages that the build before has stored: `page.vi-a1b2c3d4.js`, whatever its hash was. */
async function languagesInUse(): Promise<string[]> {
  const files = later.filter((name) => /\.[a-z]{2}-[^/]*\.js$/.test(name));
  const withoutHash = (name: string) => name.replace(/-[^/]*$/, "-");
  const stored: string[] = [];
  for (const name of await caches.keys()) {
    if (!name.startsWith(`${PREFIX} ${scope} `)) continue;
    stored.push(...(await (await caches.open(name)).keys()).map(({ url }) => url));
  }
  return files.filter((name) => stored.some((url) => url.startsWith(scope + withoutHash(name))));
}

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) {
        if (name.startsWith(`${PREFIX} ${scope} `) && name !== STORE) await caches.delete(name);
      }
      await self.clients.claim();
    })(),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  url.search = "";
  url.hash = "";
  if (url.href === scope) url.pathname += "index.html";
  if (!known.has(url.href)) return;
  if (request.method === "HEAD")
    event.respondWith(new Response(null, { headers: { [UNPACKS]: "" } }));
  if (request.method !== "GET") return;
  event.respondWith(
    request.mode === "navigate" ? newestPage(request, url.href) : storedFile(url.href),
  );
});

/** The server's page, so that a new build shows at the first visit; the stored one where there is no network. */
async function newestPage(request: Request, url: string): Promise<Response> {
  const limit = new AbortController();
  const timer = (await find(url)) && setTimeout(() => limit.abort(), PAGE_TIMEOUT_MS);
  try {
    const response = await fetch(request, { cache: "no-cache", signal: limit.signal });
    // The limit is for the beginning of the answer only.
    clearTimeout(timer);
    if (response.ok) {
      // The start page is not among them: it must stay with the scripts of its own build.
      if (storedOnUse.has(url)) await store(url, response);
      return isolated(response);
    }
  } catch {
    // No network.
  }
  return storedFile(url);
}

/** The stored file where there is one: names contain hashes, so the network would send the same. */
async function storedFile(url: string): Promise<Response> {
  const found = await find(url);
  if (found) return isolated(found);
  const response = (await unpacked(url)) ?? (await fetch(url));
  if (response.ok) await store(url, response);
  return isolated(response);
}

/** A WebAssembly file by its copy; undefined where the file itself is to be requested. Others are small. */
async function unpacked(url: string): Promise<Response | undefined> {
  const bytes = url.endsWith(".wasm") ? await downloadCopy(url) : undefined;
  return bytes && new Response(bytes, { headers: { "content-type": "application/wasm" } });
}

// Where the browser forbids its store, nothing is found.
const find = (url: string) => caches.match(url, { cacheName: STORE }).catch(() => undefined);

async function store(url: string, response: Response): Promise<void> {
  const copy = response.clone();
  await caches
    .open(STORE)
    .then((cache) => cache.put(url, copy))
    .catch(() => {});
}

/** Adds headers that plain file servers do not send: those that threads need, and the workers' policy. */
function isolated(response: Response): Response {
  if (response.type === "opaque" || response.type === "opaqueredirect") return response;
  const headers = new Headers(response.headers);
  headers.set("cross-origin-opener-policy", "same-origin");
  headers.set("cross-origin-embedder-policy", "require-corp");
  // A server may let pages of other origins show the page in a frame.
  if (!headers.has("cross-origin-resource-policy")) {
    headers.set("cross-origin-resource-policy", "same-origin");
  }
  // The policy in a page's text does not apply to its workers.
  if (!headers.has("content-security-policy")) headers.set("content-security-policy", POLICY);
  // These describe the body as it was sent; here it is already unpacked.
  headers.delete("content-encoding");
  headers.delete("content-length");
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
}
