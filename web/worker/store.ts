/** The last bundle that was verified, in the browser's own store: it is there when the network is not. */

const STORE = "marquee-bundle";

/** One bundle's files, by URL. */
export interface BundleStore {
  /** Undefined also where the browser forbids its store. */
  get(url: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /**
   * Adds these files, in their order, and keeps of the folder's others only those that `current` names.
   *
   * @throws DOMException where the store is full or forbidden.
   */
  replace(
    folder: string,
    files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
    current: (url: string) => boolean,
  ): Promise<void>;
}

/** Browsers have no store for pages that came over plain HTTP: then nothing is kept. */
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
