/** Cross-origin requests. */

import cors from "cors";

/** Sets the headers with which pages of other origins may read answers; undefined if there are no such origins. */
export function corsHeaders(origins: readonly string[]) {
  if (origins.length === 0) return undefined;
  return cors({
    origin: origins.includes("*") ? "*" : [...origins],
    exposedHeaders: ["x-request-id", "retry-after", "inference-header-content-length"],
    maxAge: 600,
  });
}
