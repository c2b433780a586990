/** `npm run pipeline`: data set -> published bundle. Reads the options and calls the stages. */

import { relative } from "node:path";
import { openManifest } from "../node/bundle.ts";
import { runCommand } from "../node/command.ts";
import { quoteArgument } from "../node/shell.ts";
import { createConsole, onSignal } from "./common/console.ts";
import { dataOption } from "./config/dataOption.ts";
import { programFor } from "./config/options.ts";
import { type FoundDataset, findDataset } from "./dataset/load.ts";
import { predictExample } from "./inputs/report.ts";
import { commandLine } from "./report/provenance.ts";
import { withResume } from "./run/fullDisk.ts";
import { runPipeline } from "./run/run.ts";

let found: FoundDataset | undefined;

const program = async (argv: readonly string[]) => {
  found = await findDataset(dataOption(argv));
  return programFor(found.inputs, found.target);
};

await runCommand(program, async (config, argv) => {
  const out = createConsole();
  const resume = commandLine([...argv.filter((arg) => arg !== "--resume"), "--resume"]);
  const release = onSignal(() =>
    out.line(`\ninterrupted; finished epochs are saved, resume with\n  ${resume}`),
  );
  const { path, summary } = await runPipeline(config, argv, out, found)
    .catch((error: Error) => {
      throw withResume(error, resume);
    })
    .finally(release);
  const model = quoteArgument(config.out ?? relative(".", path));
  const example = predictExample((await openManifest(path)).inputs);
  process.stdout.write(
    `\n${summary}\n\nBundle: ${path}\nTry it: npm run predict -- --model ${model} ${example}\nServe it: npm run serve -- --model ${model}\n`,
  );
});
