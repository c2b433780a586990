/** `npm run sweep`: trains the trials of a sweep file, and writes their results and the winner's config file. */

import { basename, join, relative } from "node:path";
import * as z from "zod";
import { runCommand } from "../../node/command.ts";
import { quoteArgument } from "../../node/shell.ts";
import { createConsole } from "../common/console.ts";
import { configFields } from "../config/schema.ts";
import { formatScore } from "../targets/format.ts";
import { describeObjective } from "./objective.ts";
import { scoreOf } from "./ranking.ts";
import { describeValues, resultsTable } from "./results.ts";
import { runSweep } from "./run.ts";
import { readSweep, type Sweep } from "./schema.ts";
import { type Plan, planOf } from "./space.ts";

/** Most rows of the table on the terminal; results.md has all. */
const ROWS = 20;

const program = {
  name: "npm run sweep --",
  description: "Searches options of the pipeline by cross-validation; see docs/sweep.md.",
  schema: z
    .strictObject({
      config: z
        .string({ error: "is missing; name the sweep file" })
        .min(1)
        .describe("sweep file (required)"),
      out: z
        .string()
        .min(1)
        .optional()
        .describe("folder of the results (default: sweeps/<name of the sweep file>)"),
      extend: z
        .boolean()
        .default(false)
        .describe("keep earlier results even if the sweep file or the data have changed"),
      restart: z.boolean().default(false).describe("rename the earlier results and begin again"),
      queue: configFields.shape.queue.describe(
        "Redis queue whose workers train, redis://host:port (default: processes on this machine)",
      ),
      storage: configFields.shape.storage,
      dryRun: z.boolean().default(false).describe("list the trials without training them"),
    })
    .refine(({ extend, restart }) => !(extend && restart), {
      path: ["extend"],
      error: "cannot be combined with restart",
    })
    .refine(({ queue, storage }) => (queue === undefined) === (storage === undefined), {
      path: ["storage"],
      error: "needs --queue: workers keep their outputs there",
    }),
};

type Flags = z.infer<typeof program.schema>;

await runCommand(program, async (flags) => {
  const sweep = await readSweep(flags.config);
  if (flags.dryRun) process.stdout.write(`${listing(planOf(sweep))}\n`);
  else await search(sweep, flags);
});

async function search(sweep: Sweep, flags: Flags): Promise<void> {
  const folder = flags.out ?? join("sweeps", basename(flags.config).replace(/\.json$/i, ""));
  const { entries, winner, objective, best, trained } = await runSweep({
    sweep,
    folder,
    onChange: flags.restart ? "restart" : flags.extend ? "extend" : "refuse",
    out: createConsole(),
    queue: flags,
  });
  const { mean, std } = scoreOf(winner, objective)!;
  process.stdout.write(
    [
      `\n${resultsTable({ ...sweep, objective }, entries, ROWS)}`,
      `\n${entries.length} trainings, ${trained} of them in this run; ranked by ${describeObjective(objective)}.`,
      `Winner: trial ${winner.trial.number}, ${describeValues(winner.trial.values)}: ${formatScore(mean, mean, 1)} ± ${formatScore(std, mean, 1)}`,
      `Results: ${["results.csv", "results.md", "report.html"].map((name) => join(folder, name)).join(", ")}`,
      `Train it: npm run pipeline -- --config ${quoteArgument(relative("", best))}\n`,
    ].join("\n"),
  );
}

function listing({ trials, rungs, notes }: Plan): string {
  return [
    ...trials.map(({ number, values }) => `trial ${number}  ${describeValues(values)}`),
    ...notes,
    ...rungs.map(
      ({ share, trials: count }) =>
        `${count} trainings of ${trials[0]!.config.folds} folds with ${(100 * share).toFixed(0)} % of the epochs`,
    ),
  ].join("\n");
}
