/** `npm run package`: the archive that a course asks for, with code, report, model and citations, never data. */

import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import * as z from "zod";
import { openBundle } from "../node/bundle.ts";
import { runCommand } from "../node/command.ts";
import { InputError } from "../predictor/errors.ts";
import { MANIFEST_FILE } from "../predictor/manifest.ts";
import { pack } from "./package/archive.ts";
import { checkArchive } from "./package/check.ts";
import { type Contents, readContents, SUMS_FILE, sumsOf } from "./package/contents.ts";
import { citationsText, handInText } from "./package/documents.ts";
import { type Form, readForm } from "./package/form.ts";

const program = {
  name: "npm run package --",
  description: "Packs the code, a model with its report, and citations into an archive to hand in.",
  schema: z.strictObject({
    model: z.string().min(1).default("models/ml1m").describe("folder of the bundle"),
    out: z.string().min(1).default("hand-in.zip").describe("archive to write"),
    form: z
      .string()
      .min(1)
      .optional()
      .describe("JSON file with title, authors, limits and commands (docs/hand-in.md)"),
    check: z
      .boolean()
      .default(false)
      .describe("unpack the archive in a temporary folder and run its commands there"),
  }),
};

const SUMMARY = "summary.html";
/** Named where the archive is too large. */
const LARGEST = 5;

await runCommand(program, async ({ model, out, form: path, check }) => {
  const root = process.cwd();
  const form = await readForm(path);
  const contents = await contentsOf(root, model, form);
  const archive = await pack(form.folder, contents);
  const megabytes = archive.length / 1e6;
  if (megabytes > form.maxMegabytes) throw tooLarge(contents, megabytes, form);
  await writeFile(out, archive);
  console.log(
    `${out}: ${contents.size} files, ${megabytes.toFixed(1)} MB of at most ${form.maxMegabytes}`,
  );
  if (check) await checkArchive(archive, form, console.log);
  return undefined;
});

async function contentsOf(root: string, model: string, form: Form): Promise<Contents> {
  const { manifest } = await openBundle(model);
  const folder = relative(root, resolve(model)).split(sep).join("/");
  if (folder.startsWith("..")) {
    throw new InputError(
      "model",
      `${model} is not in ${root}; a hand-in has the model's folder in it`,
    );
  }
  if (!existsSync(join(model, SUMMARY))) {
    throw new InputError(
      "model",
      `${model} has no ${SUMMARY}: it was trained by an earlier version; run its training again`,
    );
  }
  const ofBundle = [MANIFEST_FILE, ...Object.keys(manifest.files)].map(
    (name) => `${folder}/${name}`,
  );
  const contents = await readContents(root, form, ofBundle);
  const add = (name: string, text: string) =>
    contents.set(name, { content: Buffer.from(text), isExecutable: false });
  add("HAND-IN.md", handInText({ form, model: folder, manifest }));
  add("CITATIONS.md", await citationsText(root, folder));
  add(SUMMARY, await readFile(join(model, SUMMARY), "utf8"));
  contents.delete(SUMS_FILE);
  add(SUMS_FILE, sumsOf(contents));
  return contents;
}

function tooLarge(contents: Contents, megabytes: number, { maxMegabytes }: Form): InputError {
  const largest = [...contents]
    .sort(([, a], [, b]) => b.content.length - a.content.length)
    .slice(0, LARGEST)
    .map(([path, { content }]) => `${path} (${(content.length / 1e6).toFixed(1)} MB)`);
  return new InputError(
    "form",
    `the archive has ${megabytes.toFixed(1)} MB, more than ${maxMegabytes}; the largest files before compression are ${largest.join(", ")}. Name some in "leaveOut"`,
  );
}
