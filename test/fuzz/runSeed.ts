/** One run of the pipeline on a data set that went wrong by a seed, and what is wrong with how it ended. */

import { cpSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { openBundle } from "../../node/bundle.ts";
import { type Console, SILENT } from "../../pipeline/common/console.ts";
import { createRandom, type Random } from "../../pipeline/common/random.ts";
import { parseConfig } from "../../pipeline/config/options.ts";
import { readCourse } from "../../pipeline/dataset/course.ts";
import { ratingsOf } from "../../pipeline/dataset/inputs.ts";
import { runPipeline } from "../../pipeline/run/run.ts";
import { InputError } from "../../predictor/errors.ts";
import { labelsTarget } from "../../predictor/targets/labels.ts";
import { mutate } from "./mutations.ts";

export interface SeedResult {
  readonly seed: number;
  /** What went wrong with the data, and the options. */
  readonly what: string;
  /** "published", or the error's message. */
  readonly end: string;
  /** What is wrong with that; undefined where nothing is. */
  readonly issue?: string;
}

/** Small enough for a run in a second or two. */
const TINY = {
  backend: "wasm",
  log: false,
  threads: 1,
  title: { buckets: 128, dimensions: 4, epochs: 1 },
  poster: { height: 12, width: 8, channels: [2, 4], epochs: 1 },
  ratings: { dimensions: 8, units: 8, epochs: 1 },
};

/** Stages after which nothing may be refused any more. */
const TRAINING = /^(Training|Cross-validation)/;

/** Errors of the language, not of ours. */
const BUGS = [TypeError, RangeError, ReferenceError, SyntaxError];

/**
 * @param source A valid data set in the course layout; copied, not changed.
 * @param folder For the copy and the bundle; emptied before.
 */
export async function runSeed(seed: number, source: string, folder: string): Promise<SeedResult> {
  const random = createRandom(`fuzz ${seed}`);
  rmSync(folder, { recursive: true, force: true });
  const data = join(folder, "data");
  cpSync(source, data, { recursive: true });
  const changes = mutate(data, random);
  const options = drawOptions(random);
  const what = `${changes.join("; ")} | ${JSON.stringify(options)}`;
  const out = join(folder, "bundle");
  let trained = false;
  const quiet: Console = {
    ...SILENT,
    stage(name) {
      trained ||= TRAINING.test(name);
    },
  };
  try {
    const config = parseConfig(
      {
        ...TINY,
        ...options,
        title: { ...TINY.title, ...options.title },
        data,
        out,
        cache: join(folder, "cache"),
      },
      "options",
    );
    await runPipeline(config, [], quiet);
    const issue = await checkPublished(out, data);
    return { seed, what, end: "published", ...(issue === undefined ? {} : { issue }) };
  } catch (error) {
    const { message } = error as Error;
    const issue = judge(error as Error, trained);
    return { seed, what, end: message, ...(issue === undefined ? {} : { issue }) };
  }
}

function drawOptions(random: Random) {
  const encoder = ["linear", "linear", "bag"][random.int(3)]!;
  const folds = random.next() < 0.2 ? 2 : 0;
  const strict = random.next() < 0.15;
  const validation = [0.1, 0.1, 0.3, 0.01][random.int(4)]!;
  return { folds, foldWorkers: 1, strict, train: { validation }, title: { encoder } };
}

/** What is wrong with an error: ours name a file or an option, and come before any training. */
function judge(error: Error, trained: boolean): string | undefined {
  if (trained) return "after training";
  if (BUGS.some((kind) => error instanceof kind)) return `a bug: ${error.stack}`;
  if (/internal:|undefined|\[object|NaN/.test(error.message)) return "not a user's sentence";
  const named =
    error instanceof InputError || /\.(dat|txt|jpg|jpeg|png)|\/data|--[a-z]/.test(error.message);
  return named ? undefined : "names no file, and no option";
}

/** Every line of a table is a row, or an issue with its file. */
async function checkPublished(out: string, data: string): Promise<string | undefined> {
  const { manifest } = await openBundle(out);
  if (!Object.values(manifest.metrics).every(Number.isFinite)) return "a metric is not a number";
  if (!labelsTarget(manifest.target).thresholds.perLabel.every(Number.isFinite))
    return "a threshold is not a number";
  const { movies, issueCounts } = await readCourse(data);
  const rows = {
    "movies_train.dat": movies.filter(({ split }) => split === "train").length,
    "movies_test.dat": movies.filter(({ split }) => split === "test").length,
    "ratings.dat": movies.reduce((sum, movie) => sum + ratingsOf(movie, "ratings").users.length, 0),
  };
  for (const [table, usable] of Object.entries(rows)) {
    const lines = countLines(join(data, table));
    const bad = issueCounts[table] ?? 0;
    if (usable + bad !== lines)
      return `${table}: ${usable} rows and ${bad} issues of ${lines} lines`;
  }
  return undefined;
}

/** Lines with anything on them; 0 where there is no such file. */
function countLines(path: string): number {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return 0;
  const text = readFileSync(path, "latin1").replace(/^\u00ef\u00bb\u00bf/, "");
  return text.split("\n").filter((line) => line.replace(/\r$/, "").trim() !== "").length;
}
