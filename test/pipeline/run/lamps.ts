/** A made-up data set of lamps, red or blue, of which each test declares the inputs that it needs. */

import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import type { Random } from "../../../pipeline/common/random.ts";
import type { Prediction } from "../../../predictor/predictor.ts";

const COLOURS = [
  [220, 30, 30],
  [30, 40, 210],
] as const;
const KINDS = ["red", "blue"] as const;
const ITEMS = 48;

export interface PictureOptions {
  /** Length of both sides, in pixels. */
  readonly size: number;
  /** Index of the colour of each value that is drawn. */
  readonly colour: () => number;
  readonly random: Random;
}

/** A noisy square of a colour, as PNG. */
export async function writePicture(
  path: string,
  { size, colour, random }: PictureOptions,
): Promise<void> {
  const pixels = Uint8Array.from(
    { length: size * size * 3 },
    (_, at) => COLOURS[colour()]![at % 3]! + random.int(30),
  );
  const raw = { width: size, height: size, channels: 3 } as const;
  await sharp(pixels, { raw }).png().toFile(path);
}

/**
 * Writes the folder of a data set whose target is the kind of lamp, a class.
 *
 * @param inputs As dataset.json declares them.
 * @param fieldsOf The inputs' cells of an item, by its number and whether it is red (0) or blue (1).
 */
export async function writeLamps(
  folder: string,
  inputs: object,
  fieldsOf: (item: number, kind: number) => Promise<object>,
): Promise<void> {
  await mkdir(folder);
  const lines: string[] = [];
  for (let i = 0; i < ITEMS; i++) {
    const kind = (i >> 1) % 2;
    const fields = await fieldsOf(i, kind);
    lines.push(JSON.stringify({ id: `i${i}`, ...fields, kind: KINDS[kind] }));
  }
  await writeFile(join(folder, "items.jsonl"), `${lines.join("\n")}\n`);
  const description = {
    ...{ name: "lamps", items: "items.jsonl", id: "id", inputs },
    target: { type: "class", column: "kind" },
    split: { test: 0.25, seed: 2 },
  };
  await writeFile(join(folder, "dataset.json"), JSON.stringify(description));
}

/** @param answers From an input that speaks for red, one that speaks for blue, both of them, and nothing. */
export function assertBothCount(answers: readonly Prediction[]): void {
  const red = answers.map(({ scores }) => scores.find(({ label }) => label === "red")!.probability);
  const prior = red[3]!;
  assert.ok(red[0]! > prior + 0.05, `${red}`);
  assert.ok(red[1]! < prior - 0.05, `${red}`);
  assert.ok(red[2]! < red[0]! && red[2]! > red[1]!, `${red}`);
}
