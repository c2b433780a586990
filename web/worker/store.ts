/** The last verified bundle, stored by the browser for use without a network. */

const STORE = "marquee-bundle";

/** One bundle's files, by URL. */
export interface BundleStore {
  /** @returns undefined for a file that is not stored, or where the browser forbids its store. */
  get(url: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /**
   * Adds these files, in their order, and removes the folder's other files, except those for which `current` is true.
   *
   * @throws DOMException where the store is full or forbidden.
   */
  replace(
    folder: string,
    files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
    current: (url: string) => boolean,
  ): Promise<void>;
}

/** Browsers have no store for pages that came over plain HTTP: there, nothing is stored. */
export function openStore(): BundleStore {
  if (!("caches" in self)) {
    return { get: async () => undefined, replace: async () => {} };
  }
  return {
    async get(url) {
      try {
        const response = await (await caches.open(STORE)).match(url);
        return response && new Uint8Array(await response.arrayBuffer());
      } catch {
        return undefined;
      }
    },
    async replace(folder, files, current) {
      const cache = await caches.open(STORE);
      for (const [url, bytes] of files) await cache.put(url, new Response(bytes));
      for (const { url } of await cache.keys()) {
        if (url.startsWith(folder) && !files.has(url) && !current(url)) await cache.delete(url);
      }
    },
  };
}
