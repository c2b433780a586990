/** The trace that a request belongs to, as its caller says (https://www.w3.org/TR/trace-context/). */

import type { IncomingHttpHeaders } from "node:http";

export interface TraceParent {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits, of the caller's span. */
  readonly spanId: string;
  /** Bit 0: the caller samples the trace. */
  readonly flags: number;
}

/** Version, trace, span, flags; later versions may have more after them. */
const TRACEPARENT =
  /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** What the header `traceparent` says; undefined where there is none that is valid. */
export function traceParentOf({ traceparent }: IncomingHttpHeaders): TraceParent | undefined {
  if (typeof traceparent !== "string") return undefined;
  const [, version, traceId, spanId, flags, more] = TRACEPARENT.exec(traceparent) ?? [];
  if (traceId === undefined || (version === "00" && more !== undefined)) return undefined;
  return { traceId, spanId: spanId!, flags: Number.parseInt(flags!, 16) };
}
