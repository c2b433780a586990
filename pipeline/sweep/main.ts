/** `npm run sweep`: a sweep file -> results of all trials, and the winner as a config file of the pipeline. */

import { basename, join, relative } from "node:path";
import { Command } from "commander";
import { createConsole } from "../common/console.ts";
import { describeObjective } from "./objective.ts";
import { scoreOf } from "./ranking.ts";
import { describeValues, resultsTable } from "./results.ts";
import { runSweep } from "./run.ts";
import { readSweep, type Sweep } from "./schema.ts";
import { type Plan, planOf } from "./space.ts";

/** Rows that a terminal has room for; results.md has all. */
const ROWS = 20;

interface Flags {
  readonly config: string;
  readonly out?: string;
  readonly extend?: boolean;
  readonly restart?: boolean;
  readonly dryRun?: boolean;
}

const flags = new Command("npm run sweep --")
  .description("Searches options of the pipeline by cross-validation; see docs/sweep.md.")
  .requiredOption("--config <file>", "sweep file")
  .option("--out <folder>", "folder of the results (default: sweeps/<name of the sweep file>)")
  .option("--extend", "go on although the sweep file or the data have changed")
  .option("--restart", "set the results of before aside and begin anew")
  .option("--dry-run", "list the trials, and train none")
  .allowExcessArguments(false)
  .parse()
  .opts<Flags>();

const out = createConsole();
try {
  if (flags.extend && flags.restart) throw new Error("--extend and --restart exclude each other");
  const sweep = readSweep(flags.config);
  if (flags.dryRun) process.stdout.write(`${listing(planOf(sweep))}\n`);
  else await search(sweep);
} catch (error) {
  const { message, stack } = error as Error;
  out.line(
    process.env.DEBUG || message.startsWith("internal:") ? (stack ?? message) : `error: ${message}`,
  );
  process.exitCode = 1;
}

async function search(sweep: Sweep): Promise<void> {
  const folder = flags.out ?? join("sweeps", basename(flags.config).replace(/\.json$/i, ""));
  const { entries, winner, best, trained } = await runSweep({
    sweep,
    folder,
    onChange: flags.restart ? "restart" : flags.extend ? "extend" : "refuse",
    out,
  });
  const { mean, std } = scoreOf(winner, sweep.objective)!;
  process.stdout.write(
    [
      `\n${resultsTable(sweep, entries, ROWS)}`,
      `\n${entries.length} trainings, ${trained} of them by this run; ranked by ${describeObjective(sweep.objective)}.`,
      `Winner: trial ${winner.trial.number}, ${describeValues(winner.trial.values)}: ${mean.toFixed(4)} ± ${std.toFixed(4)}`,
      `Results: ${["results.csv", "results.md", "report.html"].map((name) => join(folder, name)).join(", ")}`,
      `Train it: npm run pipeline -- --config ${relative("", best)}\n`,
    ].join("\n"),
  );
}

function listing({ trials, rungs, notes }: Plan): string {
  return [
    ...trials.map(({ number, values }) => `trial ${number}  ${describeValues(values)}`),
    ...notes,
    ...rungs.map(
      ({ share, trials: count }) =>
        `${count} trainings with ${(100 * share).toFixed(0)} % of the epochs, ${trials[0]!.config.folds} folds each`,
    ),
  ].join("\n");
}
