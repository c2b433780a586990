/** Whatever a handler, a body parser or the static files throw -> a problem of the table. */

import multer from "multer";
import { InputError } from "../../predictor/errors.ts";
import { ModelNotFound, ModelUnavailable } from "../engine/modelErrors.ts";
import { HttpError, PROBLEMS, type ProblemCode } from "./problems.ts";
import { invalidInput, shorten } from "./validation.ts";

export function toHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof InputError) {
    return invalidInput([{ field: error.field, detail: error.detail }]);
  }
  if (error instanceof ModelNotFound) return new HttpError("model-not-found", error.message);
  if (error instanceof ModelUnavailable) {
    return new HttpError("model-unavailable", error.message, { headers: { "retry-after": "1" } });
  }
  if (error instanceof multer.MulterError) return fromMulter(error);
  return fromBodyParser(error) ?? new HttpError("internal", "The server failed; see its log.");
}

function fromMulter({ code, field = "body", message }: multer.MulterError): HttpError {
  const tooLarge = code.startsWith("LIMIT_") && code !== "LIMIT_UNEXPECTED_FILE";
  const issues = [{ field, detail: message }];
  return new HttpError(tooLarge ? "too-large" : "multipart", `${field}: ${message}`, { issues });
}

/** Codes for errors with a status, as express.json, express.raw, the router and `send` throw them. */
const CODES: ReadonlyMap<number, ProblemCode> = new Map(
  (["precondition", "too-large", "content-type", "range"] as const).map((code) => [
    PROBLEMS[code].status,
    code,
  ]),
);

/** Errors with a status of 4xx, and those of busboy, which have none and are recognised by their messages. */
function fromBodyParser(error: unknown): HttpError | undefined {
  const {
    status,
    message = "",
    type,
  } = (error ?? {}) as { status?: unknown; message?: string; type?: unknown };
  if (typeof status === "number" && status >= 400 && status < 500) {
    const detail = shorten(type === "entity.too.large" ? "the body is too large" : message);
    return new HttpError(CODES.get(status) ?? "bad-request", `body: ${detail}`, {
      issues: [{ field: "body", detail }],
    });
  }
  if (/multipart|unexpected end of form|malformed part|boundary/i.test(message)) {
    return new HttpError("multipart", `body: ${message}`, {
      issues: [{ field: "body", detail: message }],
    });
  }
  return undefined;
}
