/** Writes the result files of a sweep: results.csv, results.md, results.json and report.html. */

import { join } from "node:path";
import { writeFileAtomic } from "../../node/files.ts";
import { renderPage } from "./page.ts";
import type { Entry } from "./ranking.ts";
import { comparisonOf, csvOf, resultsTable } from "./results.ts";
import type { DataSweep } from "./schema.ts";
import type { Plan } from "./space.ts";

/** @param winner Undefined while the sweep is still running. */
export async function writeResults(
  folder: string,
  sweep: DataSweep,
  plan: Plan,
  entries: readonly Entry[],
  winner: Entry | undefined,
): Promise<void> {
  await writeFileAtomic(join(folder, "results.csv"), csvOf(sweep, entries));
  await writeFileAtomic(join(folder, "results.md"), `${resultsTable(sweep, entries)}\n`);
  const comparison = comparisonOf(sweep, plan, entries);
  await writeFileAtomic(
    join(folder, "results.json"),
    `${JSON.stringify(comparison, undefined, 2)}\n`,
  );
  await writeFileAtomic(join(folder, "report.html"), renderPage(sweep, plan, entries, winner));
}
