/** Downloads files with progress, and with errors for the user. */

import { readBody } from "../download/readBody.ts";
import { Trouble } from "../troubles.ts";
import { explainRefusal } from "./crossOrigin.ts";

export type OnBytes = (loaded: number, total: number) => void;

/**
 * @param total Bytes expected, for the progress; the server may not send the length of a compressed file.
 * @throws Trouble naming the file if the network or the server fails.
 */
export async function download(
  url: string,
  { total, cache, signal }: { total?: number; cache?: RequestCache; signal?: AbortSignal },
  onBytes: OnBytes = () => {},
): Promise<Uint8Array<ArrayBuffer>> {
  const file = new URL(url).pathname.split("/").at(-1)!;
  let response: globalThis.Response;
  try {
    response = await fetch(url, {
      ...(cache === undefined ? {} : { cache }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    const reason = (await explainRefusal(url)) ?? (error as Error).message;
    throw new Trouble("notDownloaded", { file, reason });
  }
  if (!response.ok) throw new Trouble("badStatus", { file, status: response.status });
  if (!response.body) return new Uint8Array(await response.arrayBuffer());
  let loaded = 0;
  try {
    return await readBody(response.body, (some) => {
      loaded = some;
      onBytes(some, Math.max(total ?? 0, some));
    });
  } catch (error) {
    throw new Trouble("brokeOff", { file, bytes: loaded, reason: (error as Error).message });
  }
}
