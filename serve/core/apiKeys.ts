/** API keys, however a protocol carries them. */

import { createHash, timingSafeEqual } from "node:crypto";
import { HttpError } from "./problems.ts";

/** What a request says of its sender. */
export interface Credentials {
  readonly authorization: string | undefined;
  /** Value of the header `X-API-Key`. */
  readonly apiKey: string | undefined;
}

/** The keys of a server's settings. */
interface ServerKeys {
  readonly apiKeys: readonly string[];
  readonly operatorKeys: readonly string[];
}

/** Keys that may use the API, operators' keys after the others; none where everybody may. */
export function callersKeys(keys: ServerKeys): readonly string[] {
  return keys.apiKeys.length > 0 ? allKeys(keys) : [];
}

/** All keys: each has the place that it has among `callersKeys`. */
export function allKeys({ apiKeys, operatorKeys }: ServerKeys): readonly string[] {
  return [...apiKeys, ...operatorKeys];
}

const digest = (text: string) => createHash("sha256").update(text).digest();

/**
 * Makes the check of `Authorization: Bearer KEY` or `X-API-Key: KEY`, which throws HttpError 401 unless the key is known.
 *
 * @returns The key's position among the server's; undefined where the server has none.
 */
export function createKeyCheck(
  keys: readonly string[],
): (credentials: Credentials) => number | undefined {
  const digests = keys.map(digest);
  return ({ authorization = "", apiKey }) => {
    if (digests.length === 0) return undefined;
    const given = /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? apiKey;
    // Digests have one length, and all are compared whatever the outcome: the time reveals nothing.
    const offered = digest(given ?? "");
    let found = -1;
    for (const [i, expected] of digests.entries()) {
      if (timingSafeEqual(offered, expected)) found = i;
    }
    if (given !== undefined && found >= 0) return found;
    throw new HttpError(
      "unauthorized",
      given === undefined
        ? "send an API key as Authorization: Bearer KEY, or as X-API-Key"
        : "the API key is unknown",
      { headers: { "www-authenticate": 'Bearer realm="marquee"' } },
    );
  };
}
