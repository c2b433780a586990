/**
 * `node --import tsx bench/encoders.ts --data FOLDER [--encoder FOLDER] [--c LIST] [--columns LIST] [--features FILE]`:
 * how well the features of a
 * pretrained encoder of images tell the labels of a data set. A logistic regression on standardised features, mAP@5 on folds
 * of the train split; the test split is not looked at. Results are in bench/notes/encoders.md.
 */

import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import * as z from "zod";
import { runCommand } from "../node/command.ts";
import { type Dataset, declaredTarget, type LabelledMovie } from "../pipeline/dataset/dataset.ts";
import { imageNames, imageOf } from "../pipeline/dataset/inputs.ts";
import { loadDataset } from "../pipeline/dataset/load.ts";
import { assignFolds } from "../pipeline/folds/holdOut.ts";
import { fitLogistic } from "../pipeline/regression/logistic.ts";
import { predictAll, type SparseRows } from "../pipeline/regression/sparseRows.ts";
import { meanOfKnown, perItemAveragePrecision } from "../predictor/metrics.ts";
import { type Features, imageFeatures } from "./encoders/features.ts";

const text = z.string().min(1);
const program = {
  name: "node --import tsx bench/encoders.ts",
  description: "Measures what the features of a pretrained encoder of images tell of the labels.",
  schema: z.strictObject({
    data: text.describe("data set, as `npm run pipeline` takes it"),
    encoder: text
      .default(".cache/pretrained/efficientnet-lite2")
      .describe("folder that `npm run pretrained` wrote"),
    folds: z.int().min(2).default(5).describe("number of folds of the train split"),
    seed: z.int().nonnegative().default(1).describe("seed of the folds"),
    c: z
      .array(z.number().positive())
      .min(1)
      .default([0.003])
      .describe("inverse strengths of the regularisation"),
    columns: z
      .array(z.string().regex(/^\d+-\d+(\+\d+-\d+)*$/, "must be ranges, as in 0-175+416-831"))
      .default([])
      .describe(
        "first and last columns of the features to score by themselves (default: all of them)",
      ),
    features: text
      .optional()
      .describe(
        "file of the features, written unless it exists: float32, a row for each item of the train split",
      ),
  }),
};

await runCommand(program, async ({ data, encoder, folds, seed, c, columns, features: file }) => {
  const { dataset } = await loadDataset({ data, cache: ".cache", strict: false });
  if (declaredTarget(dataset).type !== "labels") throw new Error("the data set has no labels");
  const [image] = imageNames(dataset.inputs);
  if (image === undefined) throw new Error("the data set has no images");
  const foldOf = assignFolds(dataset, folds, seed);
  const items = dataset.movies.filter((_, i) => foldOf[i] !== -1);
  const paths = items.map((item) => imageOf(item, image));
  const features =
    file !== undefined && existsSync(file)
      ? await readFeatures(file, items.length)
      : await imageFeatures(encoder, paths);
  if (file !== undefined && !existsSync(file)) await writeFile(file, features.data);
  const fold = foldOf.filter((f) => f !== -1);
  const ranges = columns.length > 0 ? columns : [`0-${features.columns - 1}`];
  for (const range of ranges) {
    const chosen = someColumns(features, range);
    for (const strength of c) {
      const score = crossValidate({ dataset, items, features: chosen, fold, folds, c: strength });
      console.log(`columns ${range}, C = ${strength}: mAP@5 ${score.toFixed(4)}`);
    }
  }
  return 0;
});

/** Features of an earlier run, whose rows of zeros have no image. */
async function readFeatures(path: string, rows: number): Promise<Features> {
  const data = new Float32Array(new Uint8Array(await readFile(path)).buffer);
  const columns = data.length / rows;
  if (!Number.isInteger(columns)) throw new Error(`${path} does not have ${rows} rows`);
  const present = Uint8Array.from({ length: rows }, (_, row) =>
    Number(data.subarray(row * columns, (row + 1) * columns).some((value) => value !== 0)),
  );
  return { columns, data, present };
}

/** @param ranges As in "0-175+416-831". */
function someColumns({ columns, data, present }: Features, ranges: string): Features {
  const chosen = ranges.split("+").flatMap((range) => {
    const [first, last] = range.split("-").map(Number) as [number, number];
    if (first > last || last >= columns)
      throw new Error(`columns ${range} are not among 0-${columns - 1}`);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
  const rows = data.length / columns;
  const kept = new Float32Array(rows * chosen.length);
  for (let row = 0; row < rows; row++)
    for (const [to, from] of chosen.entries())
      kept[row * chosen.length + to] = data[row * columns + from]!;
  return { columns: chosen.length, data: kept, present };
}

interface Validation {
  readonly dataset: Dataset;
  readonly items: readonly LabelledMovie[];
  readonly features: Features;
  /** Fold of each item. */
  readonly fold: readonly number[];
  readonly folds: number;
  readonly c: number;
}

/** mAP@5 of the items with an image, each predicted by a model of the other folds. */
function crossValidate({ dataset, items, features, fold, folds, c }: Validation): number {
  const { labels } = dataset;
  const seen = [...items.keys()].filter((i) => features.present[i] === 1);
  const scores: number[] = [];
  const truth: number[] = [];
  for (let held = 0; held < folds; held++) {
    const train = seen.filter((i) => fold[i] !== held);
    const test = seen.filter((i) => fold[i] === held);
    const scale = standardise(features, train);
    const rows = rowsOf(features, train, scale);
    const models = labels.map((label) =>
      fitLogistic(
        rows,
        Uint8Array.from(train, (i) => Number(items[i]!.labels.includes(label))),
        c,
      ),
    );
    for (const value of predictAll(rowsOf(features, test, scale), models)) scores.push(value);
    for (const i of test)
      for (const label of labels) truth.push(Number(items[i]!.labels.includes(label)));
  }
  return meanOfKnown(
    perItemAveragePrecision(Float32Array.from(scores), Uint8Array.from(truth), labels.length, 5),
  );
}

interface Scale {
  readonly mean: Float64Array;
  readonly std: Float64Array;
}

/** Mean and standard deviation of each column over the rows. */
function standardise({ columns, data }: Features, rows: readonly number[]): Scale {
  const mean = new Float64Array(columns);
  const square = new Float64Array(columns);
  for (const row of rows)
    for (let k = 0; k < columns; k++) {
      const value = data[row * columns + k]!;
      mean[k]! += value / rows.length;
      square[k]! += value ** 2 / rows.length;
    }
  const std = square.map((sum, k) => Math.sqrt(Math.max(sum - mean[k]! ** 2, 0)) || 1);
  return { mean, std };
}

function rowsOf(
  { columns, data }: Features,
  rows: readonly number[],
  { mean, std }: Scale,
): SparseRows {
  const values = Float64Array.from({ length: rows.length * columns }, (_, i) => {
    const k = i % columns;
    return (data[rows[Math.floor(i / columns)]! * columns + k]! - mean[k]!) / std[k]!;
  });
  return {
    columns,
    offsets: Uint32Array.from({ length: rows.length + 1 }, (_, i) => i * columns),
    indices: Uint32Array.from(values, (_, i) => i % columns),
    values,
  };
}
