/** Trains small towers with the number of threads in the first argument; prints the backend and the weights' SHA-256. */

import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import { createRandom } from "../../../pipeline/common/random.ts";
import { buildTower } from "../../../pipeline/model/build.ts";
import { startBackend } from "../../../pipeline/train/backend.ts";
import { trainTower } from "../../../pipeline/train/train.ts";
import { setWasmThreads } from "../../../pipeline/train/wasmThreads.ts";
import { tiny } from "../tinyModel.ts";

const [, , threads, fault] = process.argv;
const workers = createRequire(import.meta.url)("node:worker_threads") as { Worker: unknown };
if (fault === "cannot start") {
  workers.Worker = class {
    constructor() {
      throw new Error("no thread can be started");
    }
  };
}
const started: Worker[] = [];
if (fault === "ends") {
  workers.Worker = class extends Worker {
    constructor(...args: ConstructorParameters<typeof Worker>) {
      super(...args);
      started.push(this);
    }
  };
}
setWasmThreads(Number(threads));
const { description: backend } = await startBackend("wasm");
for (const thread of started) await thread.terminate();
const training = { epochs: 2, batchSize: 32 };
const { config, movies, parts, source, target } = tiny(120, {
  poster: { height: 24, width: 16, channels: [8, 16, 24], ...training },
  ratings: { units: 32, ...training },
});
const hash = createHash("sha256");
for (const input of ["poster", "ratings"] as const) {
  const random = createRandom(7).fork(input);
  const { weights } = await trainTower(buildTower(input, parts, random.fork("weights")), {
    input,
    config,
    source,
    target,
    random,
    training: movies.slice(30),
    validation: movies.slice(0, 30),
  });
  for (const values of weights.values()) hash.update(new Uint8Array(values.buffer));
}
// No process.exit here: threads that wait for work must not keep the process alive.
console.log(JSON.stringify({ backend, weights: hash.digest("hex") }));
