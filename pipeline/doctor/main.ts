/** `npm run doctor`: what this machine can do, and what to install for more. */

import { Command } from "commander";
import { describeExamination } from "./describe.ts";
import { examine } from "./examine.ts";

const { json } = new Command("npm run doctor --")
  .description(
    "Tries every training backend and execution provider, and says what to install for more.",
  )
  .option("--json", "print JSON for other programs")
  .allowExcessArguments(false)
  .parse()
  .opts<{ json?: boolean }>();

const found = await examine();
process.stdout.write(
  `${json ? JSON.stringify(found, undefined, 2) : describeExamination(found)}\n`,
);
const works = (list: typeof found.backends) => list.some(({ trial }) => trial.works);
if (!works(found.backends) || !works(found.providers)) process.exitCode = 1;
