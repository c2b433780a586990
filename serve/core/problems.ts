/** Errors as clients see them: problem details (RFC 9457), with the field that is wrong and nothing of our insides. */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { ErrorRequestHandler } from "express";
import multer from "multer";
import { z } from "zod";
import { InputError } from "../../predictor/errors.ts";

export const PROBLEM_TYPE = "application/problem+json";

export interface Fault {
  /** Where in the input, e.g. `movies[1].ratings[3].stars`. */
  readonly field: string;
  readonly detail: string;
}

/** An error with a status; its message and faults are for the client. */
export class HttpError extends Error {
  readonly status: number;
  /** Names the kind of problem, e.g. `queue-full`. */
  readonly kind: string;
  readonly faults: readonly Fault[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    kind: string,
    detail: string,
    more: { faults?: readonly Fault[]; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(detail);
    this.name = "HttpError";
    this.status = status;
    this.kind = kind;
    this.faults = more.faults ?? [];
    this.headers = more.headers ?? {};
  }
}

export const problemSchema = z
  .object({
    type: z.string().meta({ example: "urn:marquee:problem:invalid-input" }),
    title: z.string().meta({ example: "The input is wrong" }),
    status: z.int(),
    detail: z.string().meta({ example: "year: 1 is not a release year" }),
    instance: z.string().describe("path of the request"),
    requestId: z.string().describe("to find the request in the server's logs"),
    errors: z
      .array(
        z.object({
          field: z.string().meta({ example: "movies[1].ratings[3].stars" }),
          detail: z.string(),
        }),
      )
      .optional()
      .describe("every field that is wrong"),
  })
  .meta({ id: "Problem", description: "Problem details (RFC 9457)" });

const TITLES: Readonly<Record<number, string>> = {
  400: "The request is wrong",
  401: "An API key is needed",
  404: "There is nothing here",
  405: "The method is not offered here",
  406: "That form is not offered",
  408: "The request took too long to arrive",
  413: "The request is too large",
  415: "The content type is not accepted",
  422: "The input is wrong",
  429: "Too many requests",
  500: "The server failed",
  503: "The server is busy",
};

/** Anything thrown -> what the client is told. */
export function toHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof InputError) {
    return invalidInput([{ field: error.field, detail: error.detail }]);
  }
  if (error instanceof multer.MulterError) return fromMulter(error);
  return fromBodyParser(error) ?? new HttpError(500, "internal", "The server failed; see its log.");
}

export function invalidInput(faults: readonly Fault[]): HttpError {
  const detail = faults.map((fault) => `${fault.field}: ${fault.detail}`).join("; ");
  return new HttpError(422, "invalid-input", detail, { faults });
}

/** The faults that zod found, with fields as `movies[1].ratings[3].stars`. */
export function invalidBySchema(error: z.ZodError, root: string, whole = "body"): HttpError {
  return invalidInput(
    error.issues.slice(0, MAX_FAULTS).flatMap((issue) => {
      const field = fieldOf(root, issue.path);
      if (issue.code === "unrecognized_keys") {
        return issue.keys.slice(0, MAX_FAULTS).map((key) => ({
          field: fieldOf(root, [...issue.path, shorten(key)]),
          detail: "is not a field here",
        }));
      }
      return [{ field: field || whole, detail: issue.message.replace(/^Invalid input: /, "") }];
    }),
  );
}

/** Reported of one request; a thousand of the same help nobody. */
const MAX_FAULTS = 20;

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** `movies`, 1, `year` make `movies[1].year`; a name that is no word is quoted, as in `movies[1]["release date"]`. */
export function fieldOf(root: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>((field, part) => {
    if (typeof part === "number") return `${field}[${part}]`;
    const name = String(part);
    if (!/^\w+$/.test(name)) return `${field}[${JSON.stringify(name)}]`;
    return field === "" ? name : `${field}.${name}`;
  }, root);
}

function fromMulter({ code, field, message }: multer.MulterError): HttpError {
  const tooLarge = code.startsWith("LIMIT_") && code !== "LIMIT_UNEXPECTED_FILE";
  const faults = [{ field: field ?? "body", detail: message }];
  return new HttpError(tooLarge ? 413 : 400, "multipart", `${field ?? "body"}: ${message}`, {
    faults,
  });
}

/** What express.json, express.raw, busboy and the router throw: errors with a status, or known messages. */
function fromBodyParser(error: unknown): HttpError | undefined {
  const { status, message, type } = error as {
    status?: unknown;
    message?: string;
    type?: unknown;
  };
  if (typeof status === "number" && status >= 400 && status < 500) {
    const detail = type === "entity.too.large" ? "the body is too large" : (message ?? "");
    return new HttpError(status, "bad-request", `body: ${shorten(detail)}`, {
      faults: [{ field: "body", detail: shorten(detail) }],
    });
  }
  if (/multipart|unexpected end of form|malformed part|boundary/i.test(message ?? "")) {
    return new HttpError(400, "multipart", `body: ${message}`, {
      faults: [{ field: "body", detail: message! }],
    });
  }
  return undefined;
}

/**
 * Answers with problem details; with `{ "error": ... }` under /v2, as the Open Inference Protocol has it.
 *
 * @param request With an id.
 */
export function sendProblem(
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
): void {
  const problem = toHttpError(error);
  if (problem.status >= 500 && problem.kind === "internal") {
    request.log?.error({ err: error }, "request failed");
  }
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  // Routers cut off of `url` what they stand for.
  const { originalUrl = request.url ?? "" } = request as { originalUrl?: string };
  const path = originalUrl.split("?", 1)[0]!;
  for (const [name, value] of Object.entries(problem.headers)) response.setHeader(name, value);
  response.statusCode = problem.status;
  if (path.startsWith("/v2")) {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ error: problem.message }));
    return;
  }
  const body: z.infer<typeof problemSchema> = {
    type: `urn:marquee:problem:${problem.kind}`,
    title: TITLES[problem.status] ?? "The request failed",
    status: problem.status,
    detail: problem.message,
    instance: path,
    requestId: String(request.id),
    ...(problem.faults.length > 0 ? { errors: [...problem.faults] } : {}),
  };
  response.setHeader("content-type", PROBLEM_TYPE);
  response.end(JSON.stringify(body));
}

/** The application's last handler. */
export const problemHandler: ErrorRequestHandler = (error, request, response, _next) => {
  sendProblem(request, response, error);
};
