/** Joins the files of a batch in shards to one file of answers and one of rejects. */

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "../../../node/files.ts";
import { InputError } from "../../../predictor/errors.ts";
import { formatOf } from "../format.ts";
import { checkWritable } from "../outputs.ts";
import { inputFilesOf, MANIFEST, readShardsManifest, type ShardsManifest } from "./manifest.ts";

export interface MergeOptions {
  readonly folder: string;
  readonly output: string;
  readonly rejects: string;
  readonly overwrite: boolean;
}

/**
 * Writes each file whole or not at all, and none of rejects where there are none.
 *
 * @throws InputError if the batch is not finished, a file of it is not what it was, or the output exists or has another format.
 */
export async function mergeShards(options: MergeOptions): Promise<ShardsManifest> {
  const { folder, output, rejects } = options;
  const manifest = await readShardsManifest(folder);
  if (manifest === undefined) {
    throw new InputError(
      "--shards",
      `${folder} has no ${MANIFEST}: the batch is not finished; run its command again`,
    );
  }
  if (formatOf(output) !== manifest.answers) {
    throw new InputError("--output", `${output} is not for shards of ${manifest.answers}`);
  }
  const { shards } = manifest;
  const found = shards.flatMap((shard) => shard.rejects ?? []);
  const parts = [...shards.map((shard) => shard.answers), ...found];
  const inputs = [
    ...inputFilesOf(manifest),
    ...[MANIFEST, ...parts.map(({ path }) => path)].map((name) => join(folder, name)),
  ];
  await checkMergeOutputs({ ...options, inputs });
  if (found.length > 0) await writeJoined(rejects, joined(folder, found, false));
  else await rm(rejects, { force: true });
  const answers = shards.map((shard) => shard.answers);
  await writeJoined(output, joined(folder, answers, manifest.answers === "csv"));
  return manifest;
}

/** @throws InputError if a file exists, unless `overwrite`, cannot be written, or is one of `inputs`. */
export async function checkMergeOutputs({
  output,
  rejects,
  inputs,
  overwrite,
}: Omit<MergeOptions, "folder"> & { readonly inputs: readonly string[] }): Promise<void> {
  await checkWritable({ output, rejects, inputs }, "replaced");
  for (const [name, path] of Object.entries({ output, rejects })) {
    if (overwrite || (await stat(path).catch(() => undefined)) === undefined) continue;
    throw new InputError(
      `--${name}`,
      `${path} exists already; name another file, or replace it with --overwrite`,
    );
  }
}

/** Errors of reading stay what they are: those of writing name the file that is written. */
async function writeJoined(path: string, content: AsyncIterable<Buffer>): Promise<void> {
  let failed: Error | undefined;
  async function* watched() {
    try {
      yield* content;
    } catch (error) {
      failed = error as Error;
      throw error;
    }
  }
  try {
    await writeFileAtomic(path, watched());
  } catch (error) {
    throw failed ?? error;
  }
}

/** @param withHeader Whether each file begins with a line that only the first one keeps. */
async function* joined(
  folder: string,
  files: readonly { readonly path: string; readonly sha256: string }[],
  withHeader: boolean,
): AsyncGenerator<Buffer> {
  for (const [i, { path, sha256 }] of files.entries()) {
    const hash = createHash("sha256");
    let inHeader = withHeader && i > 0;
    for await (const chunk of createReadStream(join(folder, path)) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      const end = inHeader ? chunk.indexOf("\n") : -1;
      if (!inHeader) yield chunk;
      else if (end >= 0) yield chunk.subarray(end + 1);
      inHeader &&= end < 0;
    }
    if (hash.digest("hex") === sha256) continue;
    throw new InputError(
      "--shards",
      `${join(folder, path)} is not what the batch wrote; start the batch over with --overwrite`,
    );
  }
}
