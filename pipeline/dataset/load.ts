/** Opens the data set that the options name: a folder in the course layout, or the embedded sample. */

import { basename, resolve } from "node:path";
import type { Config } from "../config/schema.ts";
import { readCourse } from "./course.ts";
import type { Dataset } from "./dataset.ts";
import { ensureSample } from "./sample/sample.ts";

/** Fewer training movies than this cannot be split into training and validation in any sensible way. */
const MIN_MOVIES = 20;

export interface LoadedDataset {
  readonly dataset: Dataset;
  /** Folder the files are in; issues name files relative to it. */
  readonly root: string;
}

/** @throws Error that says what the data set lacks. */
export async function loadDataset(
  config: Pick<Config, "data" | "cache" | "strict">,
): Promise<LoadedDataset> {
  const root = config.data === undefined ? await ensureSample(config.cache) : resolve(config.data);
  const dataset = await readCourse(root, {
    // The sample has bad lines on purpose; being strict about them would refuse every run.
    strict: config.strict && config.data !== undefined,
    name: config.data === undefined ? "sample" : basename(root),
    synthetic: config.data === undefined,
  });
  const train = dataset.movies.filter((movie) => movie.split === "train");
  if (train.length < MIN_MOVIES) {
    throw new Error(
      `${root} has ${train.length} usable training movies; at least ${MIN_MOVIES} are needed (see movies_train.dat)`,
    );
  }
  return { dataset, root };
}
