/**
 * A shard of rows to score as a value: it says what its output depends on and nothing else, no path, process or machine.
 * Equal shards have equal outputs, byte for byte, wherever they are scored.
 */

import * as z from "zod";
import { sha256 } from "../../../node/files.ts";
import { packageVersion } from "../../../node/packageVersion.ts";
import { sha256Schema } from "../../../node/storage/storage.ts";
import { PRECISIONS } from "../../../predictor/manifest.ts";
import { missingSchema } from "../missing.ts";

/** What all shards of a batch have in common. */
const scoringSchema = z.strictObject({
  /** Version of the bundle; see `versionOf`. */
  model: z.string().regex(/^[0-9a-f]{12}$/),
  precision: z.enum(PRECISIONS),
  /** Version of ONNX Runtime. */
  runtime: z.string(),
  format: z.enum(["jsonl", "csv"]),
  /** Labels per answer; undefined: all. */
  top: z.int().min(1).optional(),
  allowEmpty: z.boolean(),
  /** By the names of image inputs: the folder of the files that rows name. */
  folders: z.record(z.string(), z.string()),
  /** Absent where all rows with a file that is missing or broken are rejected. */
  missing: missingSchema.optional(),
});
export type Scoring = z.infer<typeof scoringSchema>;

/** A queue is input, too: what comes from one is parsed by this before anything looks at it. */
export const shardJobSchema = z.strictObject({
  kind: z.literal("shard"),
  scoring: scoringSchema,
  rows: z.strictObject({
    kind: z.enum(["csv", "jsonl"]),
    /** SHA-256 of the rows; of CSV with the header before them. */
    content: sha256Schema,
    /** In answers, where there are several files. */
    file: z.string().optional(),
    /** Number of the first line in the file; of Parquet, of the first row. */
    firstLine: z.int().min(1),
  }),
});
export type ShardJob = z.infer<typeof shardJobSchema>;

/** Another version may compute other bits. */
export function runtimeVersion(): string {
  return packageVersion("onnxruntime-node") ?? "unknown";
}

/** SHA-256 of everything that the output depends on: outputs are kept under it. */
export function keyOf(job: ShardJob): string {
  return sha256(JSON.stringify(job));
}

/** "rows from movies.csv:10002" */
export function nameOf({ rows }: ShardJob, path: string): string {
  return `rows from ${rows.file ?? path}:${rows.firstLine}`;
}

const fileSchema = z.strictObject({ sha256: sha256Schema, bytes: z.int().min(0) });

/** What scoring a shard returns: where its lines are in the storage. */
export const shardOutputSchema = z.strictObject({
  rows: z.int().min(0),
  rejected: z.int().min(0),
  /** Answered without an input that the row names. */
  incomplete: z.int().min(0).default(0),
  answers: fileSchema,
  rejects: fileSchema,
  /** Columns or keys that were left out. */
  ignored: z.array(z.string()),
});
export type ShardOutput = z.infer<typeof shardOutputSchema>;
