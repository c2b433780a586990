/** What a course asks of a hand-in: an archive's form, which a JSON file may change. */

import { readFile } from "node:fs/promises";
import * as z from "zod";
import { whyUnread } from "../../node/fileErrors.ts";
import { InputError } from "../../predictor/errors.ts";

const text = z.string().min(1);

const formSchema = z.strictObject({
  /** Folder in the archive that everything is in. */
  folder: text.regex(/^[\w.-]+$/, "must be the name of one folder").default("hand-in"),
  title: text.default("Movie genres from title, poster and ratings"),
  authors: z.array(text).default([]),
  /** 1 MB is 1,000,000 bytes. */
  maxMegabytes: z.number().positive().default(50),
  /** Globs of files that stay out. */
  leaveOut: z.array(text).default([]),
  /** Globs of files that must never be in it: the command fails if one is. */
  never: z
    .array(text)
    .default(["data/**", "**/*.dat", "**/ml1m-images/**", "**/ratings*.csv", "**/.env"]),
  /** What shows that it works, in order; `--check` runs them in the unpacked folder. */
  commands: z.array(text).min(1).default(["npm ci && npm run pipeline", "npm ci && npm test"]),
});
export type Form = z.infer<typeof formSchema>;

/**
 * @param path A JSON file; undefined: the course's form.
 * @throws InputError naming the file and every field that is wrong.
 */
export async function readForm(path: string | undefined): Promise<Form> {
  if (path === undefined) return formSchema.parse({});
  const wrong = (what: string) => new InputError("form", `${path} ${what}`);
  const content = await readFile(path, "utf8").catch((error: Error) => {
    throw wrong(whyUnread(path, error));
  });
  let json: unknown;
  try {
    json = JSON.parse(content);
  } catch (error) {
    throw wrong(`is not JSON (${(error as Error).message})`);
  }
  const result = formSchema.safeParse(json);
  if (!result.success) throw wrong(`is wrong:\n${z.prettifyError(result.error)}`);
  return result.data;
}
