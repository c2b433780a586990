/** What knowing nothing of an item scores: every answer is the prior of the training items. */

import { createOptions } from "../../node/options/options.ts";
import { programFor } from "../../pipeline/config/options.ts";
import { imageNames, imagesOf } from "../../pipeline/dataset/inputs.ts";
import { findDataset, loadDataset } from "../../pipeline/dataset/load.ts";
import { fitTarget } from "../../pipeline/fit/prepare.ts";
import { assignFolds, holdOut } from "../../pipeline/folds/holdOut.ts";
import { spreadOf } from "../../pipeline/folds/summary.ts";
import { readSweep } from "../../pipeline/sweep/schema.ts";
import { meanScore } from "../../pipeline/targets/metric.ts";
import { joinTargets } from "../../pipeline/targets/rows.ts";
import { rulesOf } from "../../pipeline/targets/types.ts";

/** On the folds of a sweep; of a data set with images, over the items that have one. */
export async function measurePrior(file: string) {
  const { base } = await readSweep(file);
  const found = await findDataset(base.data as string);
  const config = createOptions(programFor(found.inputs, found.target)).parse(base, file);
  const { dataset } = await loadDataset(config, found);
  const foldOf = assignFolds(dataset, config.folds, config.seed);
  const images = imageNames(dataset.inputs).length > 0;
  const scores = Array.from({ length: config.folds }, (_, fold) => {
    const { movies } = holdOut(dataset, foldOf, fold);
    const target = fitTarget(
      movies.filter(({ split }) => split === "train"),
      dataset,
    );
    const rules = rulesOf(target);
    const measured = movies.filter(
      (movie) => movie.split === "test" && (!images || imagesOf(movie, dataset.inputs).length > 0),
    );
    const truth = joinTargets(measured.map((movie) => rules.truth(movie, target)));
    const logits = Float32Array.from({ length: measured.length * target.prior.length }, (_, i) => {
      return target.prior[i % target.prior.length]!;
    });
    const width = target.outputs.length;
    return meanScore(rules.metric, rules.answers(logits, target), truth, width);
  });
  return spreadOf(scores);
}
