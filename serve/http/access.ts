/** API keys and rate limits. */

import type { RequestHandler } from "express";
import { ipKeyGenerator, rateLimit } from "express-rate-limit";
import { createKeyCheck } from "../core/apiKeys.ts";
import { HttpError } from "../core/problems.ts";
import { callerOf, MINUTE_MS, type Rate } from "../core/rates.ts";
import type { SendProblem } from "../core/sendProblem.ts";

declare module "express-serve-static-core" {
  interface Request {
    /** Which API key was sent; its position among the server's keys. */
    apiKey?: number;
  }
}

/**
 * Requires `Authorization: Bearer KEY` or `X-API-Key: KEY`, where the server has keys.
 *
 * @param limit Counts requests without a valid one.
 */
export function requireKey(keys: readonly string[], limit: RequestHandler): RequestHandler {
  const check = createKeyCheck(keys);
  return (request, response, next) => {
    try {
      const found = check({
        authorization: request.get("authorization"),
        apiKey: request.get("x-api-key"),
      });
      if (found !== undefined) request.apiKey = found;
    } catch (problem) {
      limit(request, response, (error: unknown) => next(error ?? problem));
      return;
    }
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
        : "only operators may do this; this API key does not belong to an operator",
    );
  };
}

/** Refuses requests beyond the rate. */
export function limitRate(rate: Rate, sendProblem: SendProblem): RequestHandler {
  if (rate.perMinute === 0) return (_request, _response, next) => next();
  return rateLimit({
    windowMs: MINUTE_MS,
    limit: rate.perMinute,
    store: rate.store,
    standardHeaders: "draft-8",
    legacyHeaders: false,
    keyGenerator: (request) => callerOf(request.apiKey, ipKeyGenerator(request.ip ?? "")),
    // Retry-After is set already.
    handler: (request, response) => sendProblem(request, response, rate.refuse()),
  });
}
