/** The option that names a queue; apart from the connection, so that help texts need no Redis client. */

import * as z from "zod";

/** Secrets come by the environment: command lines and config files are seen by others. */
export const SECRETS = "REDIS_USERNAME, REDIS_PASSWORD and REDIS_CA (a file of certificates)";

export const queueUrl = z
  .string({ error: "is missing; name the Redis: redis://host:port" })
  .refine((text) => /^rediss?:\/\/[^/]/.test(text) && URL.canParse(text), {
    error: "must be redis://host:port, or rediss://host:port for TLS",
  })
  .refine((text) => !URL.canParse(text) || new URL(text).password === "", {
    error: `must not hold a password; give it by the environment: ${SECRETS}`,
  });
