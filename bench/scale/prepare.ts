/** Child process that prepares a data set for training as `npm run pipeline` does, and measures time and memory. */

import { SILENT } from "../../pipeline/common/console.ts";
import { createRandom } from "../../pipeline/common/random.ts";
import { configSchema } from "../../pipeline/config/schema.ts";
import { loadDataset } from "../../pipeline/dataset/load.ts";
import { openPosters } from "../../pipeline/run/readDataset.ts";
import { assemble } from "../../pipeline/train/assemble.ts";
import { hasInput, towerInputs } from "../../pipeline/train/batches.ts";
import { INPUT_NAMES } from "../../predictor/movie.ts";

/** Folders of the data set and of the cache. */
export interface PreparationJob {
  readonly data: string;
  readonly cache: string;
}

export interface Stage {
  readonly name: string;
  readonly seconds: number;
  /** CPU time of all threads, in seconds. */
  readonly cpu: number;
  /** Largest resident set size of the process until the end of this stage, in bytes. */
  readonly peak: number;
}

export interface PreparationResult {
  readonly stages: readonly Stage[];
  readonly movies: number;
  readonly users: number;
  readonly ratings: number;
  readonly posters: number;
}

process.once("message", async ({ data, cache }: PreparationJob) => {
  const stages: Stage[] = [];
  async function stage<T>(name: string, work: () => Promise<T> | T): Promise<T> {
    const started = performance.now();
    const before = process.cpuUsage();
    const result = await work();
    const seconds = (performance.now() - started) / 1000;
    const { user, system } = process.cpuUsage(before);
    stages.push({
      name,
      seconds,
      cpu: (user + system) / 1e6,
      peak: process.resourceUsage().maxRSS * 1024,
    });
    return result;
  }

  const config = configSchema.parse({ data, cache });
  const loaded = await stage("read the tables", () => loadDataset(config));
  const { dataset } = loaded;
  const posters = await stage("posters", () => openPosters(loaded, config, SILENT));
  const { fitted, source } = await stage("fit", () =>
    assemble({ config, dataset, posters, random: createRandom(config.seed).fork("fit") }),
  );
  await stage("first batch of every tower", () => {
    for (const input of INPUT_NAMES) {
      const movies = fitted.training.filter((movie) => hasInput(movie, input));
      const batch = movies.slice(0, config[input].batchSize);
      towerInputs(input, batch, source, createRandom(config.seed).fork(input));
    }
  });
  posters.close();
  const result: PreparationResult = {
    stages,
    movies: dataset.movies.length,
    users: dataset.users.length,
    ratings: dataset.movies.reduce((sum, { ratings }) => sum + ratings.users.length, 0),
    posters: posters.counts.cached + posters.counts.decoded - posters.counts.failed,
  };
  process.send!(result);
  process.disconnect();
});
