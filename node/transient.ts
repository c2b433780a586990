/** Errors that pass: full disks that somebody clears, networks that come back. */

/** Codes of system errors that may pass. */
const CODES: ReadonlySet<string> = new Set([
  // A disk, or a share of it, is full, or answers no more.
  ...["ENOSPC", "EDQUOT", "EIO", "ESTALE", "EBUSY", "EMFILE", "ENFILE"],
  // A connection is lost, or cannot be made.
  ...["ECONNRESET", "ECONNREFUSED", "ECONNABORTED", "EPIPE", "ETIMEDOUT"],
  ...["EAI_AGAIN", "ENOTFOUND", "EHOSTUNREACH", "ENETUNREACH"],
]);

/** HTTP statuses of a server that cannot answer now. */
const TOO_MANY = 429;
const SERVER_ERROR = 500;

interface Described {
  readonly code?: unknown;
  /** The AWS SDK's. */
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly cause?: unknown;
}

/** Whether the same may succeed later, with nothing changed here. Looks at what the error says of its causes, too. */
export function isTransient(error: unknown): boolean {
  for (let each = error; each instanceof Error; each = each.cause) {
    const { code, $metadata: { httpStatusCode: status = 0 } = {} } = each as Described;
    if (typeof code === "string" && CODES.has(code)) return true;
    if (status === TOO_MANY || status >= SERVER_ERROR) return true;
  }
  return false;
}
