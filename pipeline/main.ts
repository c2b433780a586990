/** `npm run pipeline`: data set -> published bundle. Reads the options and calls the stages. */

import { relative } from "node:path";
import { createConsole, onSignal } from "./common/console.ts";
import { readConfig } from "./config/options.ts";
import { commandLine } from "./report/provenance.ts";
import { runPipeline } from "./run/run.ts";

const out = createConsole();
const argv = process.argv.slice(2);
const again = commandLine([...argv.filter((arg) => arg !== "--resume"), "--resume"]);
try {
  const config = readConfig(argv);
  const release = onSignal(() =>
    out.line(`\ninterrupted; finished epochs are kept, go on with\n  ${again}`),
  );
  const { path, summary } = await runPipeline(config, argv, out).finally(release);
  const model = relative(".", path);
  process.stdout.write(
    `\n${summary}\n\nBundle: ${path}\nTry it: npm run predict -- --model ${model} --title "The Lantern of Doom (1987)"\n`,
  );
} catch (error) {
  // Users need the sentence; the stack is for our own mistakes.
  const { message, stack } = error as Error;
  out.line(
    process.env.DEBUG || message.startsWith("internal:") ? (stack ?? message) : `error: ${message}`,
  );
  process.exitCode = 1;
}
