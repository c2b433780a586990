/**
 * Keeps the site's own files, so that it opens without network. The bundle is kept by the worker that verified it.
 *
 * A build writes its list of files into this program: another build is another program, which browsers notice, and which
 * fetches its own files before it takes over and removes the old ones.
 */

import type { SiteFiles } from "./siteFiles.ts";

declare const self: ServiceWorkerGlobalScope;
declare const SITE_FILES: SiteFiles;
declare const POLICY: string;

const { version, first, later } = SITE_FILES;
const PREFIX = "marquee-site";
const scope = self.registration.scope;
const STORE = `${PREFIX} ${scope} ${version}`;
/** Milliseconds that a page may take to begin; a network that takes longer counts as none, if the page is kept. */
const PATIENCE_MS = 4000;
/** Every file of the build; those that a first visit needs are fetched ahead. */
const known = new Set([...first, ...later].map((name) => scope + name));
const keptOnUse = new Set(later.map((name) => scope + name));

self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(STORE);
      // What the browser has kept by a name with a hash is the right content; pages have no hash.
      await cache.addAll(
        first.map(
          (name) =>
            new Request(scope + name, { cache: name.includes("/") ? "default" : "no-cache" }),
        ),
      );
      await self.skipWaiting();
    })(),
  );
});

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
  if (request.method !== "GET") return;
  const url = new URL(request.url);
  url.search = "";
  url.hash = "";
  if (url.href === scope) url.pathname += "index.html";
  if (!known.has(url.href)) return;
  event.respondWith(request.mode === "navigate" ? fresh(request, url.href) : kept(url.href));
});

/** A page: the newest there is, so that a new build is seen at the first visit; without network, the kept one. */
async function fresh(request: Request, url: string): Promise<Response> {
  const limit = new AbortController();
  const timer = (await find(url)) && setTimeout(() => limit.abort(), PATIENCE_MS);
  try {
    const response = await fetch(request, { cache: "no-cache", signal: limit.signal });
    // A page that has begun may take its time.
    clearTimeout(timer);
    if (response.ok) {
      // The start page is kept with the scripts of its own build, never with those of another.
      if (keptOnUse.has(url)) await keep(url, response);
      return isolated(response);
    }
  } catch {
    // No network.
  }
  return kept(url);
}

/** Names hold hashes of the content: what is kept by a name is what the network would send. */
async function kept(url: string): Promise<Response> {
  const found = await find(url);
  if (found) return isolated(found);
  const response = await fetch(url);
  if (response.ok) await keep(url, response);
  return isolated(response);
}

// A store that the browser withholds is as good as an empty one.
const find = (url: string) => caches.match(url, { cacheName: STORE }).catch(() => undefined);

async function keep(url: string, response: Response): Promise<void> {
  const copy = response.clone();
  await caches
    .open(STORE)
    .then((cache) => cache.put(url, copy))
    .catch(() => {});
}

/** With the headers that threads and the workers' policy depend on, which plain file servers do not send. */
function isolated(response: Response): Response {
  if (response.type === "opaque" || response.type === "opaqueredirect") return response;
  const headers = new Headers(response.headers);
  headers.set("cross-origin-opener-policy", "same-origin");
  headers.set("cross-origin-embedder-policy", "require-corp");
  headers.set("cross-origin-resource-policy", "same-origin");
  // A page's own policy, in its text, does not reach its workers.
  if (!headers.has("content-security-policy")) headers.set("content-security-policy", POLICY);
  // Of the body as it travelled; here it is unpacked.
  headers.delete("content-encoding");
  headers.delete("content-length");
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
}
