/** `npm run pipeline`: data set -> published bundle. Reads the options and calls the stages. */

import { readConfig } from "./config/options.ts";
import { createConsole } from "./console.ts";
import { runPipeline } from "./run.ts";

const out = createConsole();
try {
  const argv = process.argv.slice(2);
  const { path, summary } = await runPipeline(readConfig(argv), argv, out);
  process.stdout.write(`\n${summary}\n\nBundle: ${path}\n`);
} catch (error) {
  // Users need the sentence; the stack is for our own mistakes.
  const { message, stack } = error as Error;
  out.line(
    process.env.DEBUG || message.startsWith("internal:") ? (stack ?? message) : `error: ${message}`,
  );
  process.exitCode = 1;
}
