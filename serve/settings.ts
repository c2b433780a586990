/**
 * Every option of the server: type, range, default and meaning. Flags, environment and config file are made from
 * it.
 */

import { availableParallelism } from "node:os";
import * as z from "zod";
import { modelOption } from "../node/findBundle.ts";
import { createOptions } from "../node/options/options.ts";
import { PROVIDERS } from "../node/session.ts";
import { PRECISIONS } from "../predictor/manifest.ts";
import { parseTraffic } from "./engine/traffic.ts";

/** Bytes of a megabyte, pixels of a megapixel. */
export const MEGA = 1_000_000;
/** Nothing that would end a header's directive. */
const EMBED_ORIGIN = /^(\*|https?:\/\/[\w.*:[\]-]+)$/;
const positive = z.int().positive();
const auto = z.int().min(0).default(0);
const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
/** More workers only share the same memory bandwidth; each gets more CPU threads instead. */
const MAX_DEFAULT_WORKERS = 4;

/** Characters. */
const MIN_KEY = 16;

/** A key of the API; said of one that is too short: how long it is, and never what it is. */
const key = z.string().min(MIN_KEY, {
  error: ({ input }) =>
    `has ${(input as string).length} characters, and a key needs at least ${MIN_KEY}`,
});

const fields = z.strictObject({
  model: modelOption,
  models: z
    .string()
    .min(1)
    .optional()
    .describe("folder of bundles, NAME/ or NAME/VERSION/, all of which are served, instead of one"),
  defaultModel: z
    .string()
    .min(1)
    .optional()
    .describe("with models: the one that answers if none is named; required if there are several"),
  maxLoadedModels: positive
    .default(4)
    .describe(
      "with models: maximum number of models in memory; the least recently used is unloaded first",
    ),
  traffic: z
    .string()
    .optional()
    .describe(
      'with models: percent of a model\'s requests for its versions, e.g. "NAME=1:90,2:10"; separate several with ;',
    ),
  precision: z.enum(PRECISIONS).default("fp32").describe("which of the bundle's graphs to run"),
  host: z
    .string()
    .min(1)
    .default("127.0.0.1")
    .describe("address to listen on; 0.0.0.0 or :: for all interfaces"),
  port: z.int().min(0).max(65535).default(8080).describe("port; 0: any free port"),
  grpcPort: z
    .int()
    .min(0)
    .max(65535)
    .optional()
    .describe("port of the Open Inference Protocol over gRPC; 0: any free port; default: none"),
  provider: z
    .enum(["auto", ...PROVIDERS])
    .default("auto")
    .describe(
      "execution provider; auto takes the first of cuda, webgpu and cpu whose trial run works",
    ),
  workers: auto.describe("threads that decode images and run the graph; 0: one per core, up to 4"),
  threads: auto.describe("CPU threads of each inference; 0: cores divided by workers"),
  maxBatch: auto.describe("maximum items per batch; 0: 8 on a CPU, 64 on a GPU"),
  maxDelayMs: z
    .number()
    .min(0)
    .max(1000)
    .optional()
    .describe(
      "maximum wait for requests that are being read, to fill a batch; default: 0 on a CPU, 2 on a GPU",
    ),
  maxQueue: positive
    .default(128)
    .describe("maximum items accepted and not yet answered; more get 503 and Retry-After"),
  posterCacheMb: z
    .number()
    .min(0)
    .default(64)
    .describe("memory for decoded images, in megabytes; 0: none"),
  posterMegapixels: z
    .number()
    .positive()
    .max(50)
    .default(25)
    .describe("maximum size of an image, checked before decoding"),
  avifMegapixels: z
    .number()
    .positive()
    .max(50)
    .default(6)
    .describe("maximum size of an AVIF, which takes up to 25 bytes of memory per pixel"),
  bodyMb: z
    .number()
    .positive()
    .max(1024)
    .default(32)
    .describe("maximum request body, uncompressed"),
  bodiesMb: z
    .number()
    .positive()
    .optional()
    .describe(
      "maximum of all request bodies in memory together; more get 503 and Retry-After; default: 4 times bodyMb",
    ),
  bodySeconds: z
    .number()
    .positive()
    .max(600)
    .default(30)
    .describe("maximum time for a request's body to arrive; then 408"),
  bodyBytesPerSecond: z
    .int()
    .min(0)
    .default(1000)
    .describe("minimum rate at which a body arrives, after 5 seconds; below it 408; 0: none"),
  bodiesPerAddress: z
    .int()
    .min(0)
    .default(64)
    .describe("maximum unfinished bodies of one address; more get 429; 0: no limit"),
  maxIdleConnections: positive
    .default(10_000)
    .describe("maximum idle connections; beyond it, the longest idle are closed"),
  maxMovies: positive.default(64).describe("maximum items per request"),
  maxRatings: positive
    .default(5000)
    .describe("maximum ratings per item; the bundle may set a lower limit"),
  requestTimeoutSeconds: z
    .number()
    .positive()
    .max(600)
    .default(10)
    .describe("maximum time from a request's body to its answer; then 503"),
  apiKeys: z
    .array(key)
    .meta({ writeOnly: true })
    .default([])
    .describe(
      "API keys; each request must send one of them; safer in the environment than in flags",
    ),
  operatorKeys: z
    .array(key)
    .meta({ writeOnly: true })
    .default([])
    .describe("API keys that may also load and unload models; without any, nobody may"),
  ratePerMinute: z
    .int()
    .min(0)
    .default(0)
    .describe("maximum requests per minute and API key, or per address without keys; 0: no limit"),
  cors: z
    .array(z.string().min(1))
    .default([])
    .describe('allowed CORS origins, e.g. "https://example.org"; "*" for all'),
  embedOrigins: z
    .array(z.string().regex(EMBED_ORIGIN, 'must be an origin, "https://example.org", or "*"'))
    .default([])
    .describe('origins whose pages may show the page in a frame, see docs/embed.md; "*" for all'),
  trustProxy: z
    .int()
    .min(0)
    .default(0)
    .describe("number of trusted proxies in front, whose X-Forwarded-For is used"),
  site: z.string().min(1).default("web/dist").describe("folder of the built page, served at /"),
  reloadSeconds: z
    .number()
    .min(0)
    .default(2)
    .describe("interval of checks for a new bundle; 0: only on SIGHUP"),
  driftItems: z
    .int()
    .min(0)
    .max(1_000_000)
    .default(5000)
    .describe("number of most recent items that are compared with the bundle's profile; 0: none"),
  drainSeconds: z
    .number()
    .min(0)
    .default(5)
    .describe("time to keep answering after SIGTERM, while load balancers see /readyz fail"),
  shutdownSeconds: z
    .number()
    .positive()
    .default(30)
    .describe("after that, maximum time for accepted requests to finish"),
  logLevel: z.enum(LOG_LEVELS).default("info").describe("minimum log level"),
});

/** Options that say something of several models. */
const OF_SEVERAL = ["defaultModel", "traffic"] as const;

export const settingsSchema = fields
  .refine(({ bodiesMb, bodyMb }) => bodiesMb === undefined || bodiesMb >= bodyMb, {
    path: ["bodiesMb"],
    error: "must be at least bodyMb, the maximum of one",
  })
  .superRefine((settings, context) => {
    const refuse = (path: string, message: string) =>
      context.addIssue({ code: "custom", path: [path], message });
    if (settings.models === undefined) {
      for (const name of OF_SEVERAL) {
        if (settings[name] !== undefined) refuse(name, "needs models, the folder of bundles");
      }
    } else if (settings.model !== undefined) {
      refuse("models", "cannot be combined with model; give one of them");
    }
    try {
      parseTraffic(settings.traffic ?? "");
    } catch (error) {
      refuse("traffic", (error as Error).message);
    }
  });

export type Settings = z.infer<typeof settingsSchema>;

export const PROGRAM = {
  name: "npm run serve --",
  description: "Serves a published bundle over HTTP.",
  schema: settingsSchema,
  example: '{ "port": 80, "maxQueue": 256 }',
  environmentPrefix: "MARQUEE_",
};

export const { parse: parseSettings } = createOptions(PROGRAM);

/** Workers, and CPU threads of each, on this machine. */
export function threadPlan({ workers, threads }: Settings): { workers: number; threads: number } {
  const cores = availableParallelism();
  const inference = workers || Math.min(MAX_DEFAULT_WORKERS, cores);
  return {
    workers: inference,
    threads: threads || Math.max(1, Math.floor(cores / inference)),
  };
}
