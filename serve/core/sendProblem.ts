/** Sends errors to clients as problem details (RFC 9457), naming the wrong fields but no internals. */

import type { IncomingMessage, ServerResponse } from "node:http";
import * as z from "zod";
import type { Metrics } from "./metrics.ts";
import { type HttpError, isRejection, PROBLEMS, type ValidationIssue } from "./problems.ts";
import { toHttpError } from "./toHttpError.ts";

/** Characters of an answer that a request may cause: names and values that it holds are part of what is wrong. */
const MAX_DETAIL = 10_000;
const MAX_FIELD = 300;
const MAX_FIELD_DETAIL = 2_000;
/** As many as there are for a request whose fields all have names that are not known. */
const MAX_ERRORS = 400;

export const PROBLEM_TYPE = "application/problem+json";

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
          field: z.string().meta({ description: "where in the request, e.g. ratings[3].stars" }),
          detail: z.string(),
        }),
      )
      .optional()
      .describe("every field that is wrong"),
  })
  .meta({ id: "Problem", description: "Problem details (RFC 9457)" });

/**
 * Answers with problem details, or under /v2 with `{ "error": ... }` as in the Open Inference Protocol. Every rejection is
 * sent by this function, so that all of them are counted.
 *
 * @param request With an id.
 * @param error Anything thrown.
 */
export type SendProblem = (
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
) => void;

export function createSendProblem({ reject }: Pick<Metrics, "reject">): SendProblem {
  return (request, response, error) => {
    const problem = toHttpError(error);
    if (problem.code === "internal") request.log?.error({ err: error }, "request failed");
    if (isRejection(problem.code)) reject(problem.code);
    const { locals } = response as { locals?: Record<string, unknown> };
    if (locals) locals.problem = problem.code;
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    // Routers remove the path they are mounted at from `url`.
    const { originalUrl = request.url ?? "" } = request as { originalUrl?: string };
    const path = originalUrl.split("?", 1)[0]!;
    for (const [name, value] of Object.entries(problem.headers)) response.setHeader(name, value);
    response.statusCode = problem.status;
    if (path.startsWith("/v2")) {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ error: shortDetail(problem) }));
      return;
    }
    const { type, title, status, detail, errors } = describeProblem(problem);
    const body: z.infer<typeof problemSchema> = {
      ...{ type, title, status, detail },
      instance: path,
      requestId: String(request.id),
      ...(errors ? { errors } : {}),
    };
    response.setHeader("content-type", PROBLEM_TYPE);
    response.end(JSON.stringify(body));
  };
}

/** What a problem says, whatever request it belongs to. */
export function describeProblem(problem: HttpError) {
  const { code, status, issues } = problem;
  return {
    type: `urn:marquee:problem:${code}`,
    title: PROBLEMS[code].title,
    status,
    detail: shortDetail(problem),
    ...(issues.length > 0 ? { errors: issues.slice(0, MAX_ERRORS).map(inShort) } : {}),
  };
}

function shortDetail({ message }: HttpError): string {
  return message.slice(0, MAX_DETAIL);
}

function inShort({ field, detail }: ValidationIssue): ValidationIssue {
  return { field: field.slice(0, MAX_FIELD), detail: detail.slice(0, MAX_FIELD_DETAIL) };
}
