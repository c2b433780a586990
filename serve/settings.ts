/** Every option of the server: its type, range, default and what it does. Flags, environment and file come from here. */

import { availableParallelism } from "node:os";
import { z } from "zod";
import { createOptions } from "../node/options/options.ts";
import { PROVIDERS } from "../node/session.ts";
import { PRECISION_FILES, type Precision } from "../predictor/manifest.ts";

const positive = z.int().positive();
const auto = z.int().min(0).default(0);
const PRECISIONS = Object.keys(PRECISION_FILES) as [Precision, ...Precision[]];
const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
/** More inference threads than this only share the same memory bandwidth; give each more CPU threads instead. */
const MOST_WORKERS = 4;

export const settingsSchema = z.strictObject({
  model: z
    .string()
    .min(1)
    .optional()
    .describe("bundle; default: models/ml1m, or the newest under models/"),
  precision: z.enum(PRECISIONS).default("fp32").describe("which of the bundle's graphs is run"),
  host: z
    .string()
    .min(1)
    .default("127.0.0.1")
    .describe("address to listen on; 0.0.0.0 or :: for every network"),
  port: z.int().min(0).max(65535).default(8080).describe("port; 0 takes a free one"),
  provider: z
    .enum(["auto", ...PROVIDERS])
    .default("auto")
    .describe("where the graph runs; one that fails its trial run is passed over, at last for cpu"),
  workers: auto.describe(
    "threads that decode posters and run the graph; 0: one per core, at most 4",
  ),
  threads: auto.describe("CPU threads within each inference; 0: the cores shared out"),
  maxBatch: auto.describe("most movies run together; 0: 8 on a CPU, 64 on a GPU"),
  maxDelayMs: z
    .number()
    .min(0)
    .max(1000)
    .optional()
    .describe(
      "longest wait for movies that are being read to fill a batch; a lone one never waits; default: 0 on a CPU, 2 on a GPU",
    ),
  maxQueue: positive
    .default(128)
    .describe("most movies accepted and not yet answered; more get 503 and Retry-After"),
  posterCacheMb: z.number().min(0).default(64).describe("memory for decoded posters, in megabytes"),
  posterMegapixels: z
    .number()
    .positive()
    .max(50)
    .default(25)
    .describe("largest poster, checked before it is decoded"),
  bodyMb: z.number().positive().max(1024).default(32).describe("largest request body, unpacked"),
  maxMovies: positive.default(64).describe("most movies in one request"),
  maxRatings: positive
    .default(5000)
    .describe("most ratings of one movie; the bundle's own limit holds, too"),
  requestTimeoutSeconds: z
    .number()
    .positive()
    .max(600)
    .default(10)
    .describe("longest time from a request's body to its answer; then 503"),
  apiKeys: z
    .array(z.string().min(16, "must have at least 16 characters"))
    .default([])
    .describe("keys of which each request must bring one; better in the environment than in flags"),
  ratePerMinute: z
    .int()
    .min(0)
    .default(0)
    .describe("requests a minute of one API key, or of one address without keys; 0: no limit"),
  cors: z
    .array(z.string().min(1))
    .default([])
    .describe('origins whose pages may ask, e.g. "https://example.org"; "*" for all'),
  trustProxy: z
    .int()
    .min(0)
    .default(0)
    .describe("proxies in front whose X-Forwarded-For is believed"),
  site: z.string().min(1).default("web/dist").describe("folder of the built page, shown at /"),
  reloadSeconds: z
    .number()
    .min(0)
    .default(2)
    .describe("how often to look for a new bundle; 0: only on SIGHUP"),
  drainSeconds: z
    .number()
    .min(0)
    .default(5)
    .describe("after SIGTERM, how long to go on answering while balancers see /readyz fail"),
  shutdownSeconds: z
    .number()
    .positive()
    .default(30)
    .describe("after that, how long accepted requests may take before the process ends"),
  logLevel: z.enum(LOG_LEVELS).default("info").describe("least level of log lines"),
});

export type Settings = z.infer<typeof settingsSchema>;

export const PROGRAM = {
  name: "npm run serve --",
  description: "Answers over HTTP from a published bundle.",
  schema: settingsSchema,
  example: '{ "port": 80, "maxQueue": 256 }',
  environmentPrefix: "MARQUEE_",
};

export const { read: readSettings, parse: parseSettings } = createOptions(PROGRAM);

/** How many threads do what, on this machine. */
export function threadPlan({ workers, threads }: Settings): { workers: number; threads: number } {
  const cores = availableParallelism();
  const inference = workers || Math.min(MOST_WORKERS, cores);
  return {
    workers: inference,
    threads: threads || Math.max(1, Math.floor(cores / inference)),
  };
}
