/** history.jsonl: what a run did and how its epochs went, a JSON object per line, for programs to read. */

import { appendFileSync, existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { writeFileAtomic } from "../../node/files.ts";

export interface EpochLine {
  readonly type: "epoch";
  readonly tower: string;
  /** From 1; absent in the training of the whole train split. */
  readonly fold?: number;
  /** From 1. */
  readonly epoch: number;
  readonly loss: number;
  /** Of the validation movies; null without any. */
  readonly map5: number | null;
  readonly learningRate: number;
  readonly seconds: number;
  readonly samplesPerSecond: number;
}

/** `time` is added: ISO 8601, UTC. */
export type HistoryLine =
  | EpochLine
  | { readonly type: "stage"; readonly name: string }
  | ({ readonly type: "run"; readonly resumed: boolean } & Readonly<Record<string, unknown>>);

export function appendLine(path: string, line: HistoryLine, time = new Date()): void {
  appendFileSync(path, `${JSON.stringify({ time: time.toISOString(), ...line })}\n`);
}

/** Takes out the epochs that `keep` does not want, and a last line that a kill has torn. */
export async function trimHistory(path: string, keep: (line: EpochLine) => boolean): Promise<void> {
  if (!existsSync(path)) return;
  const text = await readFile(path, "utf8");
  const kept = text.split(/(?<=\n)/).filter((line) => line.endsWith("\n") && wanted(line, keep));
  const trimmed = kept.join("");
  if (trimmed !== text) await writeFileAtomic(path, trimmed);
}

function wanted(line: string, keep: (line: EpochLine) => boolean): boolean {
  try {
    const parsed = JSON.parse(line) as HistoryLine;
    return parsed.type !== "epoch" || keep(parsed);
  } catch {
    // Nothing of ours.
    return false;
  }
}
