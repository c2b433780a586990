/** `npm run describe`: looks at data, prints what to check before training, and writes a first description. */

import { existsSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import * as z from "zod";
import { runCommand } from "../../../node/command.ts";
import { writeFileAtomic } from "../../../node/files.ts";
import { OptionsError } from "../../../node/options/optionsError.ts";
import { describeData } from "./describeData.ts";

const program = {
  name: "npm run describe --",
  description:
    "Looks at a table, a folder or a dataset.json, prints what to check before training, and writes a description.",
  argument: "data",
  schema: z.strictObject({
    data: z.string().min(1).optional().describe("table, folder or dataset.json to look at"),
    target: z.string().min(1).optional().describe("column to predict; default: a guess"),
    out: z.string().min(1).optional().describe("file to write the description to"),
    overwrite: z.boolean().default(false).describe("replace the file of --out"),
  }),
};

await runCommand(program, async ({ data, target, out, overwrite }) => {
  if (data === undefined) {
    throw new OptionsError("nothing to describe; name a table, a folder or a dataset.json");
  }
  if (out !== undefined && existsSync(out) && !overwrite) {
    throw new OptionsError(`${out} exists; name another --out, or replace it with --overwrite`);
  }
  const { report, issues, root, text, given } = await describeData(data, target);
  if (out !== undefined) checkFolder(out, root);
  if (out !== undefined) await writeFileAtomic(out, text);
  // A reader that has seen enough, e.g. head, closes the pipe.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  const whole = issues === undefined ? report : `${report}\n\n${issues}`;
  if (out === undefined && !given) {
    // The description is the result, and what stdout has for other programs; the report is for people.
    process.stderr.write(`${whole}\n\ndescription (--out dataset.json writes it)\n`);
    process.stdout.write(text);
    return undefined;
  }
  process.stdout.write(`${report}\n`);
  if (issues !== undefined) process.stderr.write(`\n${issues}\n`);
  if (out !== undefined) {
    process.stdout.write(`\n${out} written; read its comments, the keys that begin with //\n`);
  }
  return undefined;
});

/** Paths in a description are relative to its folder. */
function checkFolder(out: string, root: string): void {
  if (resolve(dirname(out)) === root) return;
  const folder = relative(process.cwd(), root) || ".";
  throw new OptionsError(
    `--out has to be in ${folder}, because a description names its tables relative to itself`,
  );
}
