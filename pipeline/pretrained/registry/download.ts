/** Downloads that go on where they were interrupted. */

import { open, rm, stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { sha256File } from "../../../node/files.ts";

/** A request to a server, with the user and password of its address, if it has them, as a header. */
export async function request(
  address: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const url = new URL(address);
  const { username, password } = url;
  url.username = "";
  url.password = "";
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const authorization = username ? { authorization: `Basic ${btoa(login)}` } : {};
  try {
    return await fetch(url, { headers: { ...headers, ...authorization } });
  } catch (error) {
    // fetch itself says no more than "fetch failed".
    const { cause, message } = error as Error;
    throw new Error(`${url}: ${(cause as Error | undefined)?.message || message}`, {
      cause: error,
    });
  }
}

/**
 * Downloads a file to `path`; what is there already is taken as its beginning.
 *
 * @param sha256 Of the whole file, lower-case hex.
 * @param advice What to do if the server does not have the file.
 * @throws Error where the server does not have it, or has another file.
 */
export async function download(
  url: string,
  path: string,
  sha256: string,
  advice = "check the registry",
): Promise<void> {
  const before = await sizeOf(path);
  if (before > 0 && (await sha256File(path)).sha256 === sha256) return;
  await fetchTo(url, path, before, advice);
  let found = await sha256File(path);
  if (found.sha256 !== sha256 && before > 0) {
    // What was there was no beginning of this file.
    await fetchTo(url, path, 0, advice);
    found = await sha256File(path);
  }
  if (found.sha256 === sha256) return;
  await rm(path, { force: true });
  throw new Error(
    `${withoutLogin(url)} has ${found.bytes} bytes with the SHA-256 ${found.sha256}, expected ${sha256}; ${advice}`,
  );
}

/** Appends to the first `start` bytes where the server sends the rest alone, else writes the whole file. */
async function fetchTo(url: string, path: string, start: number, advice: string): Promise<void> {
  const response = await request(url, start > 0 ? { range: `bytes=${start}-` } : {});
  if (start > 0 && response.status === 416) {
    await response.body?.cancel();
    return fetchTo(url, path, 0, advice);
  }
  if (!response.ok || !response.body)
    throw new Error(`${withoutLogin(url)}: ${response.status} ${response.statusText}; ${advice}`);
  const rest = response.status === 206;
  const file = await open(path, rest ? "a" : "w");
  try {
    await pipeline(response.body, file.createWriteStream());
  } catch (error) {
    throw new Error(
      `${withoutLogin(url)}: ${(error as Error).message}; run the command again, and it goes on from here`,
      { cause: error },
    );
  }
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}

/** An address for error messages. */
function withoutLogin(address: string): string {
  return address.replace(/\/\/[^/@]*@/, "//");
}
