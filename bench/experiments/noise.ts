/** How much of a figure is noise: the same sweep with several seeds, which draw other folds and other first weights. */

import { join } from "node:path";
import { createConsole } from "../../pipeline/common/console.ts";
import { effective } from "../../pipeline/config/compare.ts";
import { describeObjective } from "../../pipeline/sweep/objective.ts";
import { scoreOf } from "../../pipeline/sweep/ranking.ts";
import { describeValues } from "../../pipeline/sweep/results.ts";
import { runSweep } from "../../pipeline/sweep/run.ts";
import { readSweep } from "../../pipeline/sweep/schema.ts";

/** @returns What a sweep's `results.json` has, with a row for each trial and seed. */
export async function measureNoise(file: string, seeds: readonly number[], folder: string) {
  const sweep = await readSweep(file);
  const rows = [];
  let objective = "";
  for (const seed of seeds) {
    const result = await runSweep({
      sweep: { ...sweep, base: { ...sweep.base, seed } },
      folder: join(folder, `seed-${seed}`),
      onChange: "refuse",
      out: createConsole(),
    });
    objective = describeObjective(result.objective);
    for (const entry of result.entries) {
      const { mean, std } = scoreOf(entry, result.objective)!;
      rows.push({ options: `${describeValues(entry.trial.values)} seed=${seed}`, mean, std });
    }
  }
  const { title, finding } = sweep;
  return {
    ...{ title, finding, base: effective(sweep.base) },
    folds: sweep.base.folds,
    objective,
    rows: rows.sort((a, b) => a.options.localeCompare(b.options, "en", { numeric: true })),
  };
}
