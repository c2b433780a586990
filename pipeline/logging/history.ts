/** history.jsonl: a run's stages and epochs for programs to read, one JSON object per line. */

import { appendFileSync, existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { writeFileAtomic } from "../../node/files.ts";

export interface EpochLine {
  readonly type: "epoch";
  readonly tower: string;
  /** From 1; absent for training on the whole train split. */
  readonly fold?: number;
  /** From 1. */
  readonly epoch: number;
  readonly loss: number;
  /** The target's metric, e.g. "mAP@5". */
  readonly metric: string;
  /** Its value on the held-out movies; null without any. */
  readonly validation: number | null;
  /** The loss of the same movies; null without any. */
  readonly validationLoss: number | null;
  readonly learningRate: number;
  readonly seconds: number;
  readonly samplesPerSecond: number;
}

/** A line without its `time` (ISO 8601, UTC), which is added when it is written. */
export type HistoryLine =
  | EpochLine
  | { readonly type: "stage"; readonly name: string }
  | ({ readonly type: "run"; readonly resumed: boolean } & Readonly<Record<string, unknown>>);

export function appendLine(path: string, line: HistoryLine, time = new Date()): void {
  appendFileSync(path, `${JSON.stringify({ time: time.toISOString(), ...line })}\n`);
}

/** Removes the epochs that `keep` rejects, and an incomplete last line of a killed run. */
export async function trimHistory(path: string, keep: (line: EpochLine) => boolean): Promise<void> {
  if (!existsSync(path)) return;
  const text = await readFile(path, "utf8");
  const lines = text.split(/(?<=\n)/);
  const trimmed = lines.filter((line) => line.endsWith("\n") && isWanted(line, keep)).join("");
  if (trimmed !== text) await writeFileAtomic(path, trimmed);
}

function isWanted(line: string, keep: (line: EpochLine) => boolean): boolean {
  try {
    const parsed = JSON.parse(line) as HistoryLine;
    return parsed.type !== "epoch" || keep(parsed);
  } catch {
    return false; // not a line of ours
  }
}
