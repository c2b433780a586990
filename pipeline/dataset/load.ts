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
import { describeIssue } from "./issues.ts";
import { LAYOUTS } from "./layouts/index.ts";
import { DESCRIPTION_FILE, listFiles } from "./listFiles.ts";
import { parseDescription, readDescription } from "./parseDescription.ts";
import { ensureSample } from "./sample/sample.ts";
import { isTableName } from "./tables/open.ts";

/** With fewer training movies, a split into training and validation movies makes no sense. */
const MIN_MOVIES = 20;

export interface LoadedDataset {
  readonly dataset: Dataset;
  /** The data set's folder; issues name files relative to it. */
  readonly root: string;
}

/** What a path leads to: its folder, and unless it is in the course's layout, its description. */
interface Found {
  readonly root: string;
  readonly description?: Description;
  readonly inputs: DeclaredInputs;
}

/**
 * The inputs of a data set, which decide what options there are.
 *
 * @param data As `--data` names it; undefined for the embedded sample.
 * @throws InputError or OptionsError if there is no data set, or its description has a mistake.
 */
export async function inputsOf(data: string | undefined): Promise<DeclaredInputs> {
  return data === undefined ? MOVIE_INPUTS : (await find(data)).inputs;
}

/** What a data set predicts, which decides what losses there are; as `inputsOf`. */
export async function targetOf(data: string | undefined): Promise<Pick<DeclaredTarget, "type">> {
  const found = data === undefined ? undefined : await find(data);
  return found?.description?.target ?? DEFAULT_TARGET;
}

/** @throws Error saying what the data set lacks. */
export async function loadDataset(
  config: Pick<Config, "data" | "cache" | "strict">,
): Promise<LoadedDataset> {
  if (config.data !== undefined && !existsSync(config.data)) {
    throw new Error(
      `${resolve(config.data)} does not exist; --data is a ${DESCRIPTION_FILE}, or the folder of a data set`,
    );
  }
  const { root, description, inputs } =
    config.data === undefined
      ? { root: await ensureSample(config.cache), inputs: MOVIE_INPUTS, description: undefined }
      : await find(config.data);
  const dataset = description
    ? await readDescribed({ description, inputs, root, strict: config.strict })
    : await readCourse(root, {
        // The sample has bad lines on purpose: strict mode would refuse every run on it.
        strict: config.strict && config.data !== undefined,
        name: config.data === undefined ? "sample" : basename(root),
        synthetic: config.data === undefined,
      });
  const train = dataset.movies.filter((movie) => movie.split === "train");
  if (train.length < MIN_MOVIES) {
    const what = description ? `${description.nouns.items} to the tables` : `movies to ${TRAIN}`;
    const first = dataset.issues.find(({ note }) => !note);
    throw new Error(
      `${root} has ${train.length} usable training ${description?.nouns.items ?? "movies"}, expected at least ${MIN_MOVIES}; add ${what}${first ? `. The first issue: ${describeIssue(first)}` : ""}`,
    );
  }
  return { dataset, root };
}

async function find(data: string): Promise<Found> {
  const path = resolve(data);
  const info = await stat(path).catch(() => undefined);
  // `loadDataset` says so.
  if (info === undefined) return { root: path, inputs: MOVIE_INPUTS };
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
  if (files.has(TRAIN)) return { root: path, inputs: MOVIE_INPUTS };
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
  return { root: path, inputs: MOVIE_INPUTS };
}

/** @param folder Of the description. */
function askToDescribe(data: string, folder: string): string {
  const out = join(folder, DESCRIPTION_FILE);
  return `write one with npm run describe -- ${quoteArgument(data)} --out ${quoteArgument(out)}, and give --data ${quoteArgument(out)}`;
}

function described(root: string, description: Description): Found {
  return { root, description, inputs: declareInputs(description) };
}
