/**
 * Everything that can be wrong with a request: one table, from which errors, metrics, OpenAPI and the docs are
 * made.
 */

interface ProblemType {
  readonly status: number;
  /** The same for every problem of the type (RFC 9457). */
  readonly title: string;
  /** When it comes: for OpenAPI and docs/serving.md. */
  readonly meaning: string;
  /** Counted in `marquee_rejections_total`: turned away for reasons other than what was sent. */
  readonly rejection?: true;
}

/** By code, which makes the type `urn:marquee:problem:CODE`. */
export const PROBLEMS = {
  "bad-request": {
    status: 400,
    title: "The request is wrong",
    meaning: "the body or the address cannot be read",
  },
  multipart: { status: 400, title: "The request is wrong", meaning: "the form is broken" },
  "invalid-tensors": {
    status: 400,
    title: "The request is wrong",
    meaning: "under `/v2`: the tensors do not match the model's inputs",
  },
  unauthorized: {
    status: 401,
    title: "An API key is needed",
    meaning: "the API key is missing or unknown",
    rejection: true,
  },
  forbidden: {
    status: 403,
    title: "Not allowed",
    meaning: "the key does not belong to an operator, or the server has no operators",
    rejection: true,
  },
  "not-found": { status: 404, title: "Not found", meaning: "nothing is at this path" },
  "model-not-found": {
    status: 404,
    title: "Not found",
    meaning: "no such model, or no such version of it, is served",
  },
  method: {
    status: 405,
    title: "Method not allowed",
    meaning: "the path takes other methods; `Allow` lists them",
  },
  "slow-body": {
    status: 408,
    title: "The body is too slow",
    meaning: "the body did not arrive in time",
    rejection: true,
  },
  precondition: {
    status: 412,
    title: "The precondition failed",
    meaning: "a file of the page does not match `If-Match` or `If-Unmodified-Since`",
  },
  "too-large": {
    status: 413,
    title: "The request is too large",
    meaning: "the body, a file, or the number of values in the body is above a limit",
  },
  "content-type": {
    status: 415,
    title: "The content type is not accepted",
    meaning: "the type, charset or encoding of the body is not accepted",
  },
  range: {
    status: 416,
    title: "The range is not available",
    meaning: "a file of the page has no such range",
  },
  "invalid-input": {
    status: 422,
    title: "The input is wrong",
    meaning: "fields of the request are wrong; `errors` names each",
  },
  "rate-limit": {
    status: 429,
    title: "Too many requests",
    meaning: "too many requests in a minute from this key or address",
    rejection: true,
  },
  "unfinished-bodies": {
    status: 429,
    title: "Too many requests",
    meaning: "too many bodies from this address are unfinished",
    rejection: true,
  },
  internal: { status: 500, title: "The server failed", meaning: "a bug; the log has the cause" },
  "queue-full": {
    status: 503,
    title: "The server is busy",
    meaning: "the queue is full",
    rejection: true,
  },
  "bodies-full": {
    status: 503,
    title: "The server is busy",
    meaning: "the bodies of other requests take up all the memory set aside for them",
    rejection: true,
  },
  timeout: {
    status: 503,
    title: "The server is busy",
    meaning: "there was no answer in time",
    rejection: true,
  },
  "model-unavailable": {
    status: 503,
    title: "The model cannot answer",
    meaning: "the model cannot be loaded, or too many requests wait for that",
    rejection: true,
  },
  draining: {
    status: 503,
    title: "The server is shutting down",
    meaning: "the server is shutting down and accepts no more requests",
    rejection: true,
  },
} as const satisfies Readonly<Record<string, ProblemType>>;

export type ProblemCode = keyof typeof PROBLEMS;

/** Codes of the problems that are counted as rejections. */
export type Rejection = {
  [Code in ProblemCode]: (typeof PROBLEMS)[Code] extends { rejection: true } ? Code : never;
}[ProblemCode];

export const PROBLEM_CODES = Object.keys(PROBLEMS) as ProblemCode[];
export const REJECTIONS = PROBLEM_CODES.filter(isRejection);

export function isRejection(code: ProblemCode): code is Rejection {
  return "rejection" in PROBLEMS[code];
}

/** What is wrong with one field. */
export interface ValidationIssue {
  /** Where in the input, e.g. `movies[1].ratings[3].stars`. */
  readonly field: string;
  readonly detail: string;
}

interface More {
  readonly issues?: readonly ValidationIssue[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** A problem of the table; its message and issues are for the client. */
export class HttpError extends Error {
  readonly code: ProblemCode;
  readonly status: number;
  readonly issues: readonly ValidationIssue[];
  /** Sent with the answer. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, detail: string, { issues = [], headers = {} }: More = {}) {
    super(detail);
    this.name = "HttpError";
    this.code = code;
    this.status = PROBLEMS[code].status;
    this.issues = issues;
    this.headers = headers;
  }
}
