/** Downloads files with progress, and with errors for the user. */

import { inTime } from "../download/inTime.ts";
import { readBody } from "../download/readBody.ts";
import { Trouble } from "../troubles.ts";
import { explainRefusal } from "./crossOrigin.ts";

export type OnBytes = (loaded: number, total: number) => void;

interface DownloadOptions {
  /** Bytes expected, for the progress; the server may not send the length of a compressed file. */
  readonly total?: number;
  readonly cache?: RequestCache;
  readonly signal?: AbortSignal;
}

/** @throws Trouble naming the file if the network or the server fails, or stalls twice. */
export function download(
  url: string,
  { total, cache, signal: given }: DownloadOptions,
  onBytes: OnBytes = () => {},
): Promise<Uint8Array<ArrayBuffer>> {
  const file = new URL(url).pathname.split("/").at(-1)!;
  return inTime(
    url,
    async (signal, sign) => {
      let response: globalThis.Response;
      try {
        response = await fetch(url, { ...(cache === undefined ? {} : { cache }), signal });
      } catch (error) {
        const reason = (await explainRefusal(url)) ?? (error as Error).message;
        throw new Trouble("notDownloaded", { file, reason });
      }
      sign();
      if (!response.ok) throw new Trouble("badStatus", { file, status: response.status });
      if (!response.body) return new Uint8Array(await response.arrayBuffer());
      let loaded = 0;
      try {
        return await readBody(response.body, (some) => {
          sign();
          loaded = some;
          onBytes(some, Math.max(total ?? 0, some));
        });
      } catch (error) {
        throw new Trouble("brokeOff", { file, bytes: loaded, reason: (error as Error).message });
      }
    },
    given,
  );
}
