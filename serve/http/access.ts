/** API keys and rate limits. */

import { createHash, timingSafeEqual } from "node:crypto";
import type { Request, RequestHandler } from "express";
import { ipKeyGenerator, rateLimit } from "express-rate-limit";
import { HttpError } from "../core/problems.ts";
import type { SendProblem } from "../core/sendProblem.ts";

declare module "express-serve-static-core" {
  interface Request {
    /** Which API key was sent; its position among the server's keys. */
    apiKey?: number;
  }
}

const digest = (text: string) => createHash("sha256").update(text).digest();

/** Requests without a valid key that an address may send in a minute, where `ratePerMinute` says nothing. */
const WRONG_KEYS_PER_MINUTE = 60;

/**
 * At most so many requests in a minute without a valid key from one address, where the server has keys; requests with one
 * are not affected. 0 is the default number.
 */
export function limitWrongKeys(perMinute: number, sendProblem: SendProblem): RequestHandler {
  return limitRate(perMinute || WRONG_KEYS_PER_MINUTE, sendProblem);
}

/** Requires `Authorization: Bearer KEY` or `X-API-Key: KEY`, where the server has keys. */
export function requireKey(keys: readonly string[], limit: RequestHandler): RequestHandler {
  const digests = keys.map(digest);
  return (request, response, next) => {
    if (digests.length === 0) {
      next();
      return;
    }
    const given = keyOf(request);
    // Digests have one length, and all are compared whatever the outcome: the time reveals nothing.
    const offered = digest(given ?? "");
    let found = -1;
    for (const [i, expected] of digests.entries()) {
      if (timingSafeEqual(offered, expected)) found = i;
    }
    if (given === undefined || found < 0) {
      const problem = new HttpError(
        "unauthorized",
        given === undefined
          ? "send an API key as Authorization: Bearer KEY, or as X-API-Key"
          : "the API key is not known here",
        { headers: { "www-authenticate": 'Bearer realm="marquee"' } },
      );
      limit(request, response, (error: unknown) => next(error ?? problem));
      return;
    }
    request.apiKey = found;
    next();
  };
}

/**
 * Lets operators through alone.
 *
 * @param others How many keys before those of operators were given to `requireKey`; undefined: there are no operators.
 */
export function requireOperator(others: number | undefined): RequestHandler {
  return ({ apiKey }, _response, next) => {
    if (others !== undefined && apiKey !== undefined && apiKey >= others) {
      next();
      return;
    }
    throw new HttpError(
      "forbidden",
      others === undefined
        ? "only operators may do this, and the server has none; start it with --operator-keys"
        : "only operators may do this; the API key is none of theirs",
    );
  };
}

function keyOf(request: Request): string | undefined {
  const bearer = /^Bearer +(\S+)$/i.exec(request.get("authorization") ?? "")?.[1];
  return bearer ?? request.get("x-api-key");
}

/** At most `perMinute` requests of each API key, or of each address where there are no keys; 0 is no limit. */
export function limitRate(perMinute: number, sendProblem: SendProblem): RequestHandler {
  if (perMinute === 0) return (_request, _response, next) => next();
  return rateLimit({
    windowMs: 60_000,
    limit: perMinute,
    standardHeaders: "draft-8",
    legacyHeaders: false,
    // Keys are named by their position, so that the limiter's memory holds none of them.
    keyGenerator: (request) =>
      request.apiKey === undefined ? ipKeyGenerator(request.ip ?? "") : `key-${request.apiKey}`,
    // Retry-After is set already.
    handler: (request, response) =>
      sendProblem(
        request,
        response,
        new HttpError("rate-limit", `more than ${perMinute} requests in a minute; try again later`),
      ),
  });
}
