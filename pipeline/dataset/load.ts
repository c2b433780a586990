/** Loads the data set that the options name: one that a description declares, the course's layout, or the embedded sample. */

import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { quoteArgument } from "../../node/shell.ts";
import { InputError } from "../../predictor/errors.ts";
import type { Config } from "../config/schema.ts";
import type { DeclaredTarget } from "../targets/targetRules.ts";
import { DEFAULT_TARGET } from "../targets/types.ts";
import { readCourse } from "./course.ts";
import { TRAIN } from "./courseTables.ts";
import type { Dataset } from "./dataset.ts";
import { declareInputs } from "./described/declare.ts";
import { readDescribed } from "./described/read.ts";
import type { Description } from "./description.ts";
import { type DeclaredInputs, MOVIE_INPUTS } from "./inputs.ts";
import { describeDataIssue } from "./issues.ts";
import { LAYOUTS } from "./layouts/index.ts";
import { DESCRIPTION_FILE, listFiles } from "./listFiles.ts";
import { parseDescription, readDescription } from "./parseDescription.ts";
import { ensureSample } from "./sample/sample.ts";
import { isTableName } from "./tables/open.ts";

/** With fewer training movies, there is nothing to split into training and validation: ten rows of a first table must do. */
const MIN_MOVIES = 5;

export interface LoadedDataset {
  readonly dataset: Dataset;
  /** The data set's folder; issues name files relative to it. */
  readonly root: string;
}

/** A data set that was found, before its tables are read: what it declares decides which options there are. */
export interface FoundDataset {
  /** Its folder; undefined for the embedded sample, which is made when it is loaded. */
  readonly root: string | undefined;
  readonly inputs: DeclaredInputs;
  readonly target: Pick<DeclaredTarget, "type">;
  /** Undefined in the course's layout. */
  readonly description?: Description;
}

/**
 * Finds a data set, and reads its description.
 *
 * @param data As `--data` names it; undefined for the embedded sample.
 * @throws InputError or OptionsError if the path leads to something else, or the description has a mistake.
 */
export async function findDataset(data: string | undefined): Promise<FoundDataset> {
  return data === undefined ? movies(undefined) : find(data);
}

/** @throws Error if there is no such path. */
export function checkExists(data: string | undefined): void {
  if (data === undefined || existsSync(data)) return;
  throw new Error(
    `${resolve(data)} does not exist; --data is a ${DESCRIPTION_FILE}, or the folder of a data set`,
  );
}

/**
 * @param found What `findDataset` found at `config.data`, if that was asked before.
 * @throws Error saying what the data set lacks.
 */
export async function loadDataset(
  config: Pick<Config, "data" | "cache" | "strict">,
  found?: FoundDataset,
): Promise<LoadedDataset> {
  checkExists(config.data);
  const { description, inputs, root: folder } = found ?? (await findDataset(config.data));
  const root = folder ?? (await ensureSample(config.cache));
  const dataset = description
    ? await readDescribed({ description, inputs, root, cache: config.cache, strict: config.strict })
    : await readCourse(root, {
        // The sample has bad lines on purpose: strict mode would refuse every run on it.
        strict: config.strict && config.data !== undefined,
        name: config.data === undefined ? "sample" : basename(root),
        synthetic: config.data === undefined,
      });
  const train = dataset.movies.filter(({ split, validation }) => split === "train" && !validation);
  if (train.length < MIN_MOVIES) {
    const what = description ? `${description.nouns.items} to the tables` : `movies to ${TRAIN}`;
    const first = dataset.issues.find(({ note }) => !note);
    throw new Error(
      `${root} has ${train.length} usable training ${description?.nouns.items ?? "movies"}, expected at least ${MIN_MOVIES}; add ${what}${first ? `. The first issue: ${describeDataIssue(first)}` : ""}`,
    );
  }
  return { dataset, root };
}

async function find(data: string): Promise<FoundDataset> {
  const path = resolve(data);
  const info = await stat(path).catch(() => undefined);
  // `loadDataset` says so.
  if (info === undefined) return movies(path);
  if (!info.isDirectory()) {
    if (isTableName(path) && !path.endsWith(".json")) {
      throw new InputError(
        "data",
        `${data} is a table, which a ${DESCRIPTION_FILE} has to describe; ${askToDescribe(data, dirname(data))}`,
      );
    }
    return described(dirname(path), await readDescription(path));
  }
  const file = join(path, DESCRIPTION_FILE);
  if (existsSync(file)) return described(path, await readDescription(file));
  const files = await listFiles(path);
  if (files.has(TRAIN)) return movies(path);
  const layout = LAYOUTS.find(({ matches }) => matches(files));
  const known = layout?.describe(basename(path), files);
  if (known && "inputs" in known && "target" in known) {
    return described(path, parseDescription(JSON.stringify(known), layout!.name));
  }
  if (known || [...files].some(isTableName)) {
    throw new InputError(
      "data",
      `${data} has no ${DESCRIPTION_FILE}; ${askToDescribe(data, data)}`,
    );
  }
  return movies(path);
}

/** @param folder Of the description. */
function askToDescribe(data: string, folder: string): string {
  const out = join(folder, DESCRIPTION_FILE);
  return `write one with npm run describe -- ${quoteArgument(data)} --out ${quoteArgument(out)}, and give --data ${quoteArgument(out)}`;
}

function described(root: string, description: Description): FoundDataset {
  const { target } = description;
  return { root, description, inputs: declareInputs(description), target };
}

/** A data set in the course's layout. */
function movies(root: string | undefined): FoundDataset {
  return { root, inputs: MOVIE_INPUTS, target: DEFAULT_TARGET };
}
