/** A worker's port for people and Prometheus: the queue in the browser (Bull Board), and metrics. Behind a key. */

import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type Server } from "node:http";
import { Queue, type Worker } from "bullmq";
import express, { type NextFunction, type Request, type Response } from "express";
import type { Redis } from "ioredis";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { PREFIX } from "./queue.ts";

/** Histogram buckets of job durations, in seconds: from a score to a long training. */
const BUCKETS = [1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 12 * 3600];

const STATES = ["wait", "active", "delayed", "waiting-children", "completed", "failed"] as const;

/** First words of jobs' names: trainings, and shards of rows. */
const KINDS: ReadonlySet<string> = new Set(["fold", "trial", "rows"]);

export interface AdminOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Everybody who is answered has to give it. */
  readonly key: string;
  readonly queue: string;
  readonly connection: Redis;
  readonly worker: Worker;
}

/**
 * Answers `/queues` and `/metrics`. The key is the password of any user, as browsers ask for it, or a bearer token.
 *
 * @returns The server, which listens.
 * @throws Error if Bull Board is not installed, or the port is taken.
 */
export async function startAdmin(options: AdminOptions): Promise<Server> {
  const queue = new Queue(options.queue, { connection: options.connection, prefix: PREFIX });
  queue.on("error", () => {});
  const registry = createMetrics(queue, options.worker);
  const app = express();
  app.disable("x-powered-by");
  app.use(requireKey(options.key));
  app.get("/metrics", async (_, response) => {
    response.type(registry.contentType).send(await registry.metrics());
  });
  app.use("/queues", await createBoard(queue));
  const server = createServer(app);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, resolve);
  });
  return server;
}

async function createBoard(queue: Queue) {
  const [{ createBullBoard }, { BullMQAdapter }, { ExpressAdapter }] = await Promise.all([
    import("@bull-board/api"),
    import("@bull-board/api/bullMQAdapter"),
    import("@bull-board/express"),
  ]).catch((error: Error) => {
    throw new Error(
      `--admin-port needs Bull Board; run: npm install --no-save @bull-board/api @bull-board/express (${error.message.split("\n", 1)[0]})`,
    );
  });
  const serverAdapter = new ExpressAdapter();
  serverAdapter.setBasePath("/queues");
  // A page elsewhere could send a browser that knows the key here; looking changes nothing.
  const adapter = new BullMQAdapter(queue, { readOnlyMode: true });
  createBullBoard({ queues: [adapter], serverAdapter });
  return serverAdapter.getRouter() as express.Router;
}

function requireKey(key: string) {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  const wanted = digest(key);
  return (request: Request, response: Response, next: NextFunction) => {
    const [, scheme, value = ""] = /^(Basic|Bearer) (.+)$/.exec(
      request.headers.authorization ?? "",
    ) ?? [undefined, "", ""];
    const given =
      scheme === "Basic"
        ? Buffer.from(value, "base64")
            .toString()
            .replace(/^[^:]*:/, "")
        : value;
    if (timingSafeEqual(digest(given), wanted)) return next();
    response.set("WWW-Authenticate", 'Basic realm="marquee worker"').sendStatus(401);
  };
}

/** Metrics of the whole queue, and of what this worker has done. */
function createMetrics(queue: Queue, worker: Worker): Registry {
  const registry = new Registry();
  new Gauge({
    name: "marquee_queue_jobs",
    help: "Jobs of the queue by state.",
    labelNames: ["state"],
    registers: [registry],
    async collect() {
      const counts = await queue.getJobCounts(...STATES);
      for (const state of STATES) this.set({ state }, counts[state] ?? 0);
    },
  });
  const seconds = new Histogram({
    name: "marquee_worker_job_seconds",
    help: "Duration of this worker's jobs, by kind and outcome.",
    labelNames: ["kind", "outcome"],
    buckets: BUCKETS,
    registers: [registry],
  });
  const retries = new Counter({
    name: "marquee_worker_retries_total",
    help: "Jobs that this worker retried because they had failed, or their worker was gone.",
    labelNames: ["kind"],
    registers: [registry],
  });
  // "fold 2/5" is of the kind "fold". Names are input, and each kind is kept for ever.
  const kindOf = (name: string) => {
    const kind = name.split(" ", 1)[0]!;
    return KINDS.has(kind) ? kind : "other";
  };
  worker.on("active", ({ name, attemptsStarted }) => {
    if (attemptsStarted > 1) retries.inc({ kind: kindOf(name) });
  });
  worker.on("completed", ({ name, processedOn = 0, finishedOn = processedOn }) => {
    seconds.observe({ kind: kindOf(name), outcome: "done" }, (finishedOn - processedOn) / 1000);
  });
  worker.on("failed", (job) => {
    if (job === undefined) return;
    const { name, processedOn = Date.now() } = job;
    seconds.observe({ kind: kindOf(name), outcome: "failed" }, (Date.now() - processedOn) / 1000);
  });
  return registry;
}
