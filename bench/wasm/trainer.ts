/** Child process that trains one tower, and times as many steps as each message asks for. */

import { readFileSync } from "node:fs";
import { SILENT } from "../../pipeline/common/console.ts";
import { createRandom } from "../../pipeline/common/random.ts";
import type { Config } from "../../pipeline/config/schema.ts";
import { loadDataset } from "../../pipeline/dataset/load.ts";
import { buildTower } from "../../pipeline/model/build.ts";
import { openPosters } from "../../pipeline/run/readDataset.ts";
import { assemble } from "../../pipeline/train/assemble.ts";
import { startBackend } from "../../pipeline/train/backend.ts";
import { hasInput, towerInputs } from "../../pipeline/train/batches.ts";
import { setWasmThreads } from "../../pipeline/train/wasmThreads.ts";
import type { InputName } from "../../predictor/movie.ts";
import { createStepper } from "../train/steps.ts";

export interface TrainerJob {
  readonly tower: InputName;
  readonly threads: number;
  readonly config: Config;
}

/** Durations of steps in milliseconds. */
export interface StepTimes {
  readonly whole: readonly number[];
  /** Preparation of the batch. */
  readonly batch: readonly number[];
  /** CPU time of the main thread, which other load on the machine does not change; NaN except on Linux. */
  readonly processor: readonly number[];
}

/** CPU time of the main thread so far, in milliseconds; NaN except on Linux. */
function processorTime(): number {
  try {
    const [nanoseconds] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, "utf8").split(
      " ",
    );
    return Number(nanoseconds) / 1e6;
  } catch {
    return Number.NaN;
  }
}

process.once("message", async ({ tower, threads, config }: TrainerJob) => {
  setWasmThreads(threads);
  const { description: backend } = await startBackend("wasm");
  const loaded = await loadDataset(config);
  const posters = await openPosters(loaded, config, SILENT);
  const random = createRandom(config.seed);
  const { fitted, parts, source } = await assemble({
    config,
    dataset: loaded.dataset,
    posters,
    random: random.fork("fit"),
  });
  const movies = fitted.training.filter((movie) => hasInput(movie, source, tower));
  const model = buildTower(tower, parts, random.fork("weights"));
  const { batchSize } = config[tower];
  const variation = random.fork("variation");
  const stepper = createStepper({
    model,
    tower,
    config,
    target: fitted.target,
    random: random.fork("dropout"),
  });

  let next = 0;
  async function step(): Promise<[whole: number, batch: number, processor: number]> {
    const used = processorTime();
    const started = performance.now();
    const batch = Array.from({ length: batchSize }, () => movies[next++ % movies.length]!);
    const inputs = towerInputs(tower, batch, source, variation);
    const targets = Float32Array.from(batch.flatMap(({ target }) => [...target]));
    const prepared = performance.now();
    await stepper.step(inputs, targets);
    return [performance.now() - started, prepared - started, processorTime() - used];
  }

  process.on("message", async (count: number) => {
    const times: Awaited<ReturnType<typeof step>>[] = [];
    while (times.length < count) times.push(await step());
    const steps: StepTimes = {
      whole: times.map(([whole]) => whole),
      batch: times.map(([, batch]) => batch),
      processor: times.map(([, , processor]) => processor),
    };
    process.send!(steps);
  });
  process.on("disconnect", () => process.exit());
  process.send!(backend);
});
