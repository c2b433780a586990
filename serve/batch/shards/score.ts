/** Scores one shard, and keeps its answers and rejects in the storage. */

import { Readable } from "node:stream";
import { sha256 } from "../../../node/files.ts";
import type { Storage } from "../../../node/storage/storage.ts";
import type { Model } from "../../engine/model.ts";
import { answerRow, inOrder } from "../answers.ts";
import { answerFormat } from "../format.ts";
import { mayLeaveOut } from "../missing.ts";
import { type ReadRow, readRowsOf } from "../rows.ts";
import { changedSince } from "./cut.ts";
import { keyOf, type ShardJob, type ShardOutput, shardOutputSchema } from "./job.ts";

/**
 * @returns What an equal shard has left; undefined if none is done, or if something of it is missing, damaged or cannot be
 *   read: scoring it again puts that in order.
 * @throws Error if the storage cannot be asked.
 */
export async function findOutput(
  storage: Storage,
  job: ShardJob,
): Promise<ShardOutput | undefined> {
  const text = await storage.named(`shards/${keyOf(job)}`);
  if (text === undefined) return undefined;
  try {
    const output = shardOutputSchema.parse(JSON.parse(text));
    for (const { sha256 } of [output.answers, output.rejects]) await storage.get(sha256);
    return output;
  } catch {
    return undefined;
  }
}

export interface ScoreOptions {
  readonly job: ShardJob;
  /** The rows, of CSV with the header before them. */
  readonly content: Buffer;
  /** For errors. */
  readonly path: string;
  readonly model: Model;
  readonly storage: Storage;
}

/**
 * Whoever scores a shard twice gets the same bytes, and the storage has them once.
 *
 * @throws InputError if the header is wrong; Error if the content has changed, the model fails or the storage is full.
 */
export async function scoreShard(options: ScoreOptions): Promise<ShardOutput> {
  const { job, content, path, model, storage } = options;
  const { scoring, rows } = job;
  if (sha256(content) !== rows.content) throw changedSince(path);
  const { folders, missing = {}, top, allowEmpty } = scoring;
  const { file } = rows;
  const format = answerFormat(scoring.format, model.manifest.target, {
    withFile: file !== undefined,
    withLeftOut: mayLeaveOut(missing),
  });
  const answering = { model, folders, missing, format, top, allowEmpty, file };
  const ignored: string[] = [];
  const source = {
    kind: rows.kind,
    name: path,
    stream: Readable.from([content]),
    bytes: () => content.length,
    firstLine: rows.firstLine,
  };
  const read = readRowsOf(source, model.manifest.inputs, (name) => ignored.push(name));
  const answers = format.header === undefined ? [] : [`${format.header}\n`];
  const rejects: string[] = [];
  let count = 0;
  let incomplete = 0;
  for await (const answer of inOrder(read, 0, (row: ReadRow) => answerRow(row, answering))) {
    if ("failure" in answer) throw answer.failure;
    (answer.rejected ? rejects : answers).push(`${answer.text}\n`);
    count++;
    if (answer.incomplete) incomplete++;
  }
  const output = {
    rows: count,
    rejected: rejects.length,
    incomplete,
    answers: await keep(storage, answers),
    rejects: await keep(storage, rejects),
    ignored,
  };
  // If two processes score the same shard, the first names it; the output is the same, unless that name is damaged.
  await storage.name(`shards/${keyOf(job)}`, JSON.stringify(output));
  return output;
}

async function keep(storage: Storage, lines: readonly string[]): Promise<ShardOutput["answers"]> {
  const content = Buffer.from(lines.join(""));
  return { sha256: await storage.put(content), bytes: content.length };
}
