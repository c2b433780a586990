/** Which other origins' pages may ask. */

import cors from "cors";

/** What browsers on other origins must be told with every answer; undefined if there are none. */
export function corsHeaders(origins: readonly string[]) {
  if (origins.length === 0) return undefined;
  return cors({
    origin: origins.includes("*") ? "*" : [...origins],
    exposedHeaders: ["x-request-id", "retry-after", "inference-header-content-length"],
    maxAge: 600,
  });
}
