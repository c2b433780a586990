/** What a folder of shards has in it: the batch that made it, and the files in the order of the rows. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { whyUnread } from "../../../node/fileErrors.ts";
import { InputError } from "../../../predictor/errors.ts";

export const MANIFEST = "manifest.json";

const fileSchema = z.strictObject({
  /** In the folder. */
  path: z.string(),
  sha256: z.string(),
  bytes: z.int().min(0),
});

const manifestSchema = z.strictObject({
  format: z.literal(1),
  /** What makes the batch, by words for people: one that differs is another batch. */
  batch: z.record(z.string(), z.unknown()),
  answers: z.enum(["jsonl", "csv"]),
  rows: z.int().min(0),
  rejected: z.int().min(0),
  /** Rows that were answered without an input that they name. */
  incomplete: z.int().min(0).default(0),
  shards: z.array(
    z.strictObject({
      /** Where its first row is. */
      file: z.string(),
      firstLine: z.int(),
      rows: z.int().min(0),
      rejected: z.int().min(0),
      answers: fileSchema,
      /** Absent where nothing was rejected. */
      rejects: fileSchema.optional(),
    }),
  ),
});
export type ShardsManifest = z.infer<typeof manifestSchema>;

/** @returns Undefined if the folder has none. @throws InputError if it is none. */
export async function readShardsManifest(folder: string): Promise<ShardsManifest | undefined> {
  const path = join(folder, MANIFEST);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new InputError("--shards", `${path} ${whyUnread(path, error)}`);
  }
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch {
    throw new InputError(
      "--shards",
      `${path} is not the manifest of a batch in shards; name another folder, or start over with --overwrite`,
    );
  }
}

const inputFilesSchema = z.array(z.object({ path: z.string() })).catch([]);

/** Paths of the files that the batch has answered, as `runSharded` writes them. */
export function inputFilesOf({ batch }: ShardsManifest): string[] {
  return inputFilesSchema.parse(batch["input files"]).map(({ path }) => path);
}
