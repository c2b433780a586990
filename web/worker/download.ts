/** Downloads files with progress, and with errors for the user. */

import { readBody } from "../download/readBody.ts";

export type OnBytes = (loaded: number, total: number) => void;

/**
 * @param total Bytes expected, for the progress; the server may not send the length of a compressed file.
 * @throws Error naming the file if the network or the server fails.
 */
export async function download(
  url: string,
  { total, cache, signal }: { total?: number; cache?: RequestCache; signal?: AbortSignal },
  onBytes: OnBytes = () => {},
): Promise<Uint8Array<ArrayBuffer>> {
  const name = new URL(url).pathname.split("/").at(-1);
  let response: globalThis.Response;
  try {
    response = await fetch(url, {
      ...(cache === undefined ? {} : { cache }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    throw new Error(`${name} could not be downloaded (${(error as Error).message})`);
  }
  if (!response.ok)
    throw new Error(`${name} could not be downloaded (the server answered ${response.status})`);
  if (!response.body) return new Uint8Array(await response.arrayBuffer());
  let loaded = 0;
  try {
    return await readBody(response.body, (some) => {
      loaded = some;
      onBytes(some, Math.max(total ?? 0, some));
    });
  } catch (error) {
    throw new Error(
      `the download of ${name} broke off after ${loaded} bytes (${(error as Error).message})`,
    );
  }
}
