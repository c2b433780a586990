/** A process with many workers of a queue, whose jobs take a second and compute nothing: `URL WORKERS PROCESS`. */

import { setTimeout as pause } from "node:timers/promises";
import { connectRedis } from "../../node/jobs/queue/connect.ts";
import { startWorker } from "../../node/jobs/queue/worker.ts";

const JOB_MS = 1000;

const [url, count, name] = process.argv.slice(2) as [string, string, string];
const ignore = () => {};
const started = await Promise.all(
  Array.from({ length: Number(count) }, async (_, i) => {
    // Each with connections of its own, as on a machine of its own.
    const connection = await connectRedis({ url, onNotice: ignore });
    const { worker } = startWorker({
      ...{ queue: "bench", connection, machine: `${name}-${i}`, slots: 1, lockMs: 30_000 },
      onNotice: ignore,
      async work({ key, tell }) {
        tell({ epoch: { tower: "title", epoch: 1, epochs: 1, loss: 0.5, seconds: 1 } });
        await pause(JOB_MS);
        return { sha256: key, times: [] };
      },
    });
    return worker.waitUntilReady();
  }),
);
process.send!({ ready: started.length });
process.on("message", () => process.send!({ cpu: process.cpuUsage() }));
process.on("disconnect", () => process.exit());
