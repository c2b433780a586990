/**
 * The compressed copies that the build puts beside its files, unpacked here: most file servers send files as they are, and
 * the runtime and the graph are several times smaller packed.
 */

import { inTime } from "./inTime.ts";
import { readBody } from "./readBody.ts";

/** Whether the build wrote copies, so that none is asked for in vain; not defined by builds that know none. */
declare const HAS_COPIES: boolean | undefined;

/** By this header the service worker says that it unpacks copies itself, and stores what is in them. */
export const UNPACKS = "marquee-unpacks";

/** In order of preference: names in `DecompressionStream`, and endings of files. */
const FORMATS = [
  ["brotli", ".br"],
  ["gzip", ".gz"],
] as const;

/**
 * Downloads a file by its compressed copy.
 *
 * @param onBytes Told how many bytes were unpacked, and of how many; 0 where the server does not say.
 * @param onUnpacked Told where the service worker unpacks the file.
 * @returns The file's bytes, which need not be this build's: a folder may have an old copy beside a new file. Undefined where
 *   the file itself is to be requested, because the server or the service worker packs it, or there is no copy, or a damaged
 *   one.
 * @throws Trouble where it stalls: then the file itself would, too.
 */
export async function downloadCopy(
  url: string,
  onBytes: (loaded: number, total: number) => void = () => {},
  onUnpacked: () => void = () => {},
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const hasCopies = typeof HAS_COPIES !== "undefined" && HAS_COPIES;
  const format = hasCopies ? supportedFormat() : undefined;
  if (!format) return undefined;
  const [name, ending] = format;
  return inTime(url, async (signal, sign) => {
    try {
      const { status, ok, headers } = await fetch(url, { method: "HEAD", signal });
      sign();
      if (headers.has(UNPACKS)) onUnpacked();
      if (status === 404 || headers.has("content-encoding") || headers.has(UNPACKS)) {
        return undefined;
      }
      // Servers that know no HEAD answer with an error's length.
      const total = ok ? Number(headers.get("content-length") ?? 0) : 0;
      const copy = new URL(url);
      copy.pathname += ending;
      const response = await fetch(copy, { signal });
      sign();
      if (!response.ok || !response.body) return undefined;
      // Some servers know the endings, and say how the copy is packed: then the browser has unpacked it.
      const body = response.headers.has("content-encoding")
        ? response.body
        : response.body.pipeThrough(new DecompressionStream(name as "gzip"));
      return await readBody(body, (loaded) => {
        sign();
        onBytes(loaded, Math.max(total, loaded));
      });
    } catch {
      return undefined;
    }
  });
}

function supportedFormat() {
  return FORMATS.find(([name]) => {
    try {
      return new DecompressionStream(name as "gzip");
    } catch {
      return false;
    }
  });
}
