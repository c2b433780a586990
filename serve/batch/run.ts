/** Any number of items from a file: answered in order, with constant memory, and resumable. */

import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { openManifest, versionOf } from "../../node/bundle.ts";
import { whyUnread } from "../../node/fileErrors.ts";
import { InputError } from "../../predictor/errors.ts";
import type { Precision } from "../../predictor/manifest.ts";
import { fileInputs, pluralOf } from "../core/inputs/types.ts";
import { TOP } from "../predictOptions.ts";
import { answerRow, inOrder, openBatchModel } from "./answers.ts";
import { columnsOf } from "./columns.ts";
import { answerFormat, formatOf } from "./format.ts";
import { type Missing, mayLeaveOut } from "./missing.ts";
import { BatchOutputs, checkOutputs, type Progress } from "./outputs.ts";
import { type ReadRow, readRows } from "./rows.ts";

export interface BatchOptions {
  readonly model: string;
  readonly precision: Precision;
  /** .csv, .jsonl or .ndjson */
  readonly input: string;
  /** By the names of image inputs: folder of the files that rows name, or that are named after rows' ids. */
  readonly folders: Readonly<Record<string, string | undefined>>;
  /** By the names of image inputs: what is done with a row that names a file which cannot be used. Default: reject. */
  readonly missing?: Missing | undefined;
  readonly output: string;
  readonly rejects: string;
  readonly overwrite: boolean;
  /** Labels per answer; default: `TOP`. Not for a CSV file, which has all. */
  readonly top?: number | undefined;
  /** Whether no label may be selected, where none reaches its threshold. */
  readonly allowEmpty?: boolean | undefined;
  readonly signal: AbortSignal;
  readonly onWarning?: (text: string) => void;
  readonly onProgress?: (bytes: number, progress: Progress) => void;
}

export interface BatchResult extends Progress {
  readonly finished: boolean;
}

/**
 * Writes an answer for every row to `output`, or the reason why it has none to `rejects`, a file that is there only if
 * rows were rejected; continues where a killed run of the same command stopped.
 *
 * @throws InputError on files that cannot be used, Error if the bundle or the runtime fails.
 */
export async function runBatch(options: BatchOptions): Promise<BatchResult> {
  const { input, missing = {}, output, rejects, overwrite, allowEmpty = false, signal } = options;
  const info = await stat(input).catch((error: Error) => {
    throw new InputError("--input", `${input} ${whyUnread(input, error)}`);
  });
  const manifest = await openManifest(options.model);
  const { inputs, target } = manifest;
  const version = versionOf(manifest);
  const withLeftOut = mayLeaveOut(missing);
  const format = answerFormat(formatOf(output), target, { withLeftOut });
  if (format.needsAllScores && options.top !== undefined) {
    throw new InputError("--top", `is not for ${output}: a CSV file has all probabilities`);
  }
  const top = format.needsAllScores ? undefined : (options.top ?? TOP);
  const job = {
    input: resolve(input),
    "size of the input": info.size,
    "time of the input": info.mtimeMs,
    model: version,
    precision: options.precision,
    ...Object.fromEntries(
      fileInputs(inputs).map((name) => {
        const folder = options.folders[name];
        return [pluralOf(name), folder === undefined ? "" : resolve(folder)];
      }),
    ),
    // Only what is not the default: batches of earlier versions go on.
    ...Object.fromEntries(
      Object.entries(missing)
        .filter(([, what]) => what === "use-rest")
        .map(([name, what]) => [`missing ${name}`, what]),
    ),
    top: top ?? "all",
    "allow empty": String(allowEmpty),
  };
  await checkOutputs({ output, rejects, inputs: [input] }, job, overwrite);
  const model = await openBatchModel(options.model, options.precision);
  try {
    if (model.version !== version) {
      throw new Error(`${options.model} has changed meanwhile; run the command again`);
    }
    const outputs = await BatchOutputs.open(output, rejects, job, overwrite);
    let finished = false;
    try {
      const from = outputs.progress.line;
      if (format.header !== undefined) await outputs.begin(format.header);
      const { folders } = options;
      const answer = (row: ReadRow) =>
        answerRow(row, { model, folders, missing, format, top, allowEmpty, file: undefined });
      const rows = readRows(input, inputs, (name) =>
        options.onWarning?.(
          `"${name}" is not one of ${columnsOf(inputs).join(", ")}, and is ignored`,
        ),
      );
      for await (const answered of inOrder(rows, from, answer)) {
        if ("failure" in answered) throw answered.failure;
        await outputs.add(answered.line, answered);
        options.onProgress?.(answered.bytes, outputs.progress);
        if (signal.aborted) break;
      }
      finished = !signal.aborted;
    } finally {
      await outputs.close(finished);
    }
    return { ...outputs.progress, finished };
  } finally {
    await model.close();
  }
}
