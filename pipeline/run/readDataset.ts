/** Reads a data set and its posters, and says what was found and what could not be used. */

import { OptionsError } from "../../node/options/optionsError.ts";
import { InputError } from "../../predictor/errors.ts";
import type { Console } from "../common/console.ts";
import type { Config } from "../config/schema.ts";
import {
  type DataIssue,
  type Dataset,
  declaredTarget,
  isMovies,
  nounsOf,
} from "../dataset/dataset.ts";
import { ratedInputs } from "../dataset/inputs.ts";
import { countIssues, describeDataIssue, KEPT_PER_FILE, strictError } from "../dataset/issues.ts";
import {
  type FoundDataset,
  findDataset,
  type LoadedDataset,
  loadDataset,
} from "../dataset/load.ts";
import { openImageStores, openPosterStore, type PosterStore } from "../dataset/posterCache.ts";
import { countApart } from "../dataset/together.ts";
import { rulesOf } from "../targets/types.ts";

/** Issues shown while running, and as many notes; the report has more. */
const ISSUES_SHOWN = 5;

/**
 * @param found The data set, if its options were asked for before.
 * @throws Error that says what the data set lacks; OptionsError for more folds than it has items for training, or groups
 *   of them, or for an average of folds that nothing could be measured on.
 */
export async function readDataset(
  config: Config,
  out: Console,
  found?: FoundDataset,
): Promise<LoadedDataset> {
  out.stage(
    config.data ? `Reading ${config.data}` : "Reading the embedded sample (invented movies)",
  );
  const from = found ?? (await findDataset(config.data));
  const loaded = await loadDataset(config, from);
  reportIssues(loaded.dataset, out);
  checkGroups(loaded.dataset, config.folds);
  checkPublish(loaded.dataset, config.publish);
  if (config.folds > 0) warnOfValidation(loaded.dataset, out);
  warnOfNoTest(loaded.dataset, from, out);
  return loaded;
}

/**
 * With more folds than items, or groups of them that stay together, some would be empty: as many trainings that score
 * nothing. Of a single group, nothing can be held out for validation either.
 *
 * @throws OptionsError, or InputError.
 */
function checkGroups(dataset: Dataset, folds: number): void {
  const training = dataset.movies.filter(({ split }) => split === "train");
  const apart = countApart(training);
  if (folds <= apart && apart > 1) return;
  const { items } = nounsOf(dataset);
  if (apart === 1) {
    throw new InputError(
      "split.group",
      `all ${training.length} ${items} for training are of one group, or have one picture, and stay together, so that none can be held out; name another column as the group, or leave it out`,
    );
  }
  const what =
    apart === training.length
      ? `the number of ${items} for training`
      : `the number of groups that the ${training.length} ${items} for training are in, which stay together`;
  throw new OptionsError(`--folds must be at most ${apart}, ${what}, got ${folds}`);
}

/**
 * Every item for training is in all folds' models but one, so that without a test split there would be no figures of their
 * average. Items that a run then holds out to be measured on would also be missing from what its graph is fitted to, and
 * the folds' weights would not fit that graph.
 */
function checkPublish(dataset: Dataset, publish: Config["publish"]): void {
  if (publish !== "folds" || hasTest(dataset)) return;
  const { items } = nounsOf(dataset);
  throw new OptionsError(
    `--publish folds needs ${items} for testing, and the data set has none: the folds learn from all others, so their average could not be measured; add a test split, or give --publish refit`,
  );
}

function warnOfValidation(dataset: Dataset, out: Console): void {
  const declared = dataset.movies.filter(({ validation }) => validation).length;
  if (declared === 0) return;
  const { items } = nounsOf(dataset);
  out.warn(
    `--folds trains on the ${declared} ${items} for validation, too: they are divided into folds with the others, and every fold is held out once; leave --folds out to hold out these ${declared} alone`,
  );
}

function warnOfNoTest(dataset: Dataset, { description }: FoundDataset, out: Console): void {
  const share = description?.split.test;
  if (typeof share !== "number" || hasTest(dataset)) return;
  const { items } = nounsOf(dataset);
  out.warn(
    `split.test: of ${dataset.movies.length} ${items}, the share ${share} holds none out for testing, so that figures are of ${items} held out of training; add ${items}, or give a larger share`,
  );
}

function hasTest({ movies }: Dataset): boolean {
  return movies.some(({ split }) => split === "test");
}

function reportIssues(dataset: Dataset, out: Console): void {
  const total = countIssues(dataset.issueCounts) + countIssues(dataset.noteCounts);
  showIssues(dataset.issues, total, out);
  const nouns = nounsOf(dataset);
  const target = declaredTarget(dataset);
  const outputs = rulesOf(target).texts.outputs(dataset.labels.length, {
    nouns,
    column: target.column ?? nouns.labels,
  });
  const rated = ratedInputs(dataset).map(
    ({ input, ratings, users }, _, { length }) =>
      `, ${ratings} ratings by ${users} users${length > 1 ? ` (${input})` : ""}`,
  );
  out.line(`  ${dataset.movies.length} ${nouns.items}, ${outputs}${rated.join("")}`);
}

/** @throws Error in strict mode, where a poster cannot be decoded. */
export async function openPosters(
  { dataset, root }: LoadedDataset,
  config: Config,
  out: Console,
): Promise<PosterStore> {
  const images = isMovies(dataset) ? "posters" : "images";
  const store = await openImageStores({ dataset, root }, config, async (files) => {
    const total = files.paths.length;
    if (total > 0 || isMovies(dataset)) out.stage(`Reading ${total} ${images}`);
    const bar = out.bar(images, total);
    return openPosterStore({
      ...files,
      onProgress: (done) => bar.update(done),
      onDamaged: (text) => bar.log(`warning: ${text}`),
    }).finally(() => bar.stop());
  });
  // The sample has broken posters on purpose.
  if (config.strict && !dataset.synthetic && store.issues.length > 0) {
    store.close();
    throw strictError(store.issues, store.issues.length);
  }
  showIssues(store.issues, store.issues.length, out);
  return store;
}

function showIssues(issues: readonly DataIssue[], total: number, out: Console): void {
  // What a data set lacks as a whole matters more than any single line.
  const whole = issues.filter(({ note, line }) => note && line === undefined);
  const lines = issues.filter((issue) => !whole.includes(issue));
  const shown = [
    ...whole,
    ...lines.filter(({ note }) => !note).slice(0, ISSUES_SHOWN),
    ...lines.filter(({ note }) => note).slice(0, ISSUES_SHOWN),
  ];
  for (const issue of shown) out.warn(describeDataIssue(issue));
  if (total > shown.length) {
    const limit = total > issues.length ? ` (the first ${KEPT_PER_FILE} of each file)` : "";
    out.warn(`and ${total - shown.length} more; report.html lists them${limit}`);
  }
}
