/** The training log of the whole train split or of a fold: history.jsonl, and an event file for TensorBoard. */

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { removeAllLeftovers } from "../../node/files.ts";
import type { EpochRecord } from "../train/records.ts";
import {
  createEventFile,
  histogram,
  image,
  type SummaryValue,
  scalar,
  text,
  trimEventFiles,
} from "./eventFile.ts";
import { appendLine, type HistoryLine, trimHistory } from "./history.ts";
import { type PictureData, picturesOf } from "./pictures.ts";

export interface TrainingLog {
  /** Writes facts about the run, such as its configuration. */
  begin(facts: Readonly<Record<string, unknown>>): void;
  /** @param time When the stage began; default: now. */
  stage(name: string, time?: Date): void;
  epoch(record: EpochRecord, model: LayersModel): Promise<void>;
}

export interface TrainingLogOptions {
  /** Created if it does not exist. */
  readonly folder: string;
  /** From 1. */
  readonly fold?: number;
  /**
   * For resumed training: the last finished epoch of each tower. Later epochs are removed from the log, so that none is
   * logged twice.
   */
  readonly resumedAt?: ReadonlyMap<string, number> | undefined;
  readonly pictures: PictureData;
}

const HISTORY = "history.jsonl";

/** @throws Error saying what to do if the folder cannot be written to; so do the log's functions. */
export async function openTrainingLog(options: TrainingLogOptions): Promise<TrainingLog> {
  const { folder, fold, resumedAt, pictures } = options;
  const history = join(folder, HISTORY);
  const events = await withAdvice(folder, async () => {
    await mkdir(folder, { recursive: true });
    if (resumedAt) await rollBack(folder, history, resumedAt);
    return createEventFile(folder);
  });
  const write = (line: HistoryLine, time?: Date) =>
    withAdviceSync(folder, () => appendLine(history, line, time));
  return {
    begin(facts) {
      write({ type: "run", resumed: resumedAt !== undefined, ...facts });
      withAdviceSync(folder, () => events.add(0, [text("config", asMarkdown(facts))]));
    },
    stage(name, time) {
      write({ type: "stage", name }, time);
    },
    async epoch(record, model) {
      const values = await valuesOf(record, model, pictures);
      withAdviceSync(folder, () => events.add(record.epoch, values));
      const { tower, epoch, loss, metric, validation, validationLoss, learningRate } = record;
      const { seconds, samplesPerSecond } = record;
      write({
        type: "epoch",
        tower,
        ...(fold === undefined ? {} : { fold }),
        epoch,
        loss,
        metric,
        validation: nullForNaN(validation),
        validationLoss: nullForNaN(validationLoss),
        learningRate,
        seconds,
        samplesPerSecond,
      });
    },
  };
}

/** Removes everything after the given epochs from the logs. */
async function rollBack(
  folder: string,
  history: string,
  resumedAt: ReadonlyMap<string, number>,
): Promise<void> {
  const isDone = (tower: string, epoch: number) => epoch <= (resumedAt.get(tower) ?? 0);
  await removeAllLeftovers(folder);
  await trimHistory(history, ({ tower, epoch }) => isDone(tower, epoch));
  // Tags begin with the tower's name. Step 0 belongs to no epoch; the resumed run writes it again.
  await trimEventFiles(folder, (tag, step) => step > 0 && isDone(tag.split("/")[0]!, step));
}

async function valuesOf(
  record: EpochRecord,
  model: LayersModel,
  data: PictureData,
): Promise<SummaryValue[]> {
  const { tower, epoch, loss, metric, validation, learningRate, samplesPerSecond } = record;
  const values = [
    scalar(`${tower}/loss`, loss),
    scalar(`${tower}/learning_rate`, learningRate),
    scalar(`${tower}/samples_per_second`, samplesPerSecond),
  ];
  if (!Number.isNaN(validation)) {
    values.push(
      scalar(`${tower}/${tagOf(metric)}`, validation),
      scalar(`${tower}/validation_loss`, record.validationLoss),
    );
  }
  for (const weight of model.weights) {
    const numbers = await weight.read().data<"float32">();
    values.push(histogram(`${tower}/${weight.originalName}`, numbers));
  }
  for (const { tag, png, width, height } of await picturesOf(tower, model, epoch, data)) {
    values.push(image(tag, png, width, height));
  }
  return values;
}

/** JSON has no NaN. */
const nullForNaN = (value: number) => (Number.isNaN(value) ? null : value);

/** "mAP@5" -> "map5" */
function tagOf(metric: string): string {
  return metric.toLowerCase().replaceAll(/[^a-z0-9]+/g, "");
}

/** Facts as an indented code block: TensorBoard renders Markdown. */
function asMarkdown(facts: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(facts, undefined, 2).replace(/^/gm, "    ");
}

/** Runs `write` and turns its errors into errors that say what to do. */
function withAdviceSync<T>(folder: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw failure(folder, error as Error);
  }
}

async function withAdvice<T>(folder: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    throw failure(folder, error as Error);
  }
}

function failure(folder: string, error: Error): Error {
  return new Error(
    `cannot write the training log in ${folder} (${error.message}). Free space there, give another --log-dir, or use --no-log; with --resume, finished epochs are not lost.`,
    { cause: error },
  );
}
