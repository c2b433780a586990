/** The logs of real training runs, read record by record, and by TensorBoard if it is installed. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { appendFile, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fromBinary } from "@bufbuild/protobuf";
import sharp from "sharp";
import { createRandom } from "../../../pipeline/common/random.ts";
import { EventSchema, type Summary_Value } from "../../../pipeline/logging/events_pb.ts";
import type { EpochLine } from "../../../pipeline/logging/history.ts";
import { openTrainingLog, type TrainingLog } from "../../../pipeline/logging/trainingLog.ts";
import { buildTower } from "../../../pipeline/model/build.ts";
import { startBackend } from "../../../pipeline/train/backend.ts";
import { trainTower } from "../../../pipeline/train/train.ts";
import { INPUT_NAMES } from "../../../predictor/movie.ts";
import { PYTHON, without } from "../../needs/needs.ts";
import { tiny } from "../tinyModel.ts";
import { maskedCrc32c } from "./crc32c.ts";

let root: string;
before(async () => {
  await startBackend("wasm");
  root = await mkdtemp(join(tmpdir(), "marquee-log-"));
});
after(() => rm(root, { recursive: true }));

const EPOCHS = 3;
const data = tiny(60, {
  title: { epochs: EPOCHS, attention: "bahdanau" },
  poster: { epochs: EPOCHS },
  ratings: { epochs: EPOCHS },
});

function open(folder: string, resumedAt?: ReadonlyMap<string, number>): Promise<TrainingLog> {
  const random = createRandom("watch");
  const pictures = { source: data.source, movies: data.movies.slice(0, 40), random };
  return openTrainingLog({ folder, fold: 2, resumedAt, pictures });
}

/** Trains every tower, and logs the wanted epochs. */
async function train(log: TrainingLog, wanted: (tower: string, epoch: number) => boolean) {
  for (const input of INPUT_NAMES) {
    const random = createRandom(1);
    const model = buildTower(input, data.parts, random.fork("weights"));
    await trainTower(model, {
      input,
      config: data.config,
      source: data.source,
      training: data.movies.slice(0, 40),
      // The ratings tower has no validation movies.
      validation: input === "ratings" ? [] : data.movies.slice(40),
      target: data.target,
      random,
      onEpoch: (record, trained) =>
        wanted(record.tower, record.epoch) ? log.epoch(record, trained) : undefined,
    });
    model.dispose();
  }
}

/** All events of the folder; checks their frames with an independent checksum. */
async function eventsOf(folder: string) {
  const names = (await readdir(folder)).filter((name) => /tfevents/.test(name)).sort();
  const events = [];
  for (const name of names) {
    const bytes = await readFile(join(folder, name));
    for (let at = 0; at < bytes.length; ) {
      const size = Number(bytes.readBigUInt64LE(at));
      assert.equal(bytes.readUInt32LE(at + 8), maskedCrc32c(bytes.subarray(at, at + 8)));
      const record = bytes.subarray(at + 12, at + 12 + size);
      assert.equal(bytes.readUInt32LE(at + 12 + size), maskedCrc32c(record));
      events.push(fromBinary(EventSchema, record));
      at += 16 + size;
    }
  }
  return events;
}

async function valuesOf(folder: string): Promise<{ step: number; value: Summary_Value }[]> {
  return (await eventsOf(folder)).flatMap(({ step, what }) =>
    what.case === "summary" ? what.value.value.map((value) => ({ step: Number(step), value })) : [],
  );
}

async function epochsOf(folder: string): Promise<EpochLine[]> {
  const lines = (await readFile(join(folder, "history.jsonl"), "utf8")).trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line)).filter(({ type }) => type === "epoch");
}

/** Compares "title/loss 1: 0.53" for every scalar in the events and in the history. */
async function assertScalarsAgree(folder: string): Promise<void> {
  const scalars = (await valuesOf(folder)).flatMap(({ step, value: { tag, value } }) =>
    value.case === "simpleValue" ? `${tag} ${step}: ${value.value}` : [],
  );
  const lines = (await epochsOf(folder)).flatMap((line) =>
    Object.entries({
      loss: line.loss,
      learning_rate: line.learningRate,
      samples_per_second: line.samplesPerSecond,
      map5: line.validation,
      validation_loss: line.validationLoss,
    }).flatMap(([name, value]) =>
      value === null ? [] : `${line.tower}/${name} ${line.epoch}: ${Math.fround(value)}`,
    ),
  );
  assert.deepEqual(scalars, lines);
}

test("event files and history have the same values for every epoch", async () => {
  const folder = join(root, "whole");
  const log = await open(folder);
  log.begin({ name: "x", seed: 3 });
  log.stage("Training");
  await train(log, () => true);

  const [first] = await eventsOf(folder);
  assert.deepEqual(first!.what, { case: "fileVersion", value: "brain.Event:2" });
  await assertScalarsAgree(folder);
  const epochs = await epochsOf(folder);
  assert.equal(epochs.length, 3 * EPOCHS);
  for (const { tower, fold, validation, seconds, samplesPerSecond } of epochs) {
    assert.equal(fold, 2);
    assert.equal(validation === null, tower === "ratings");
    assert.ok(seconds > 0 && samplesPerSecond > 0);
  }
  const lines = (await readFile(join(folder, "history.jsonl"), "utf8")).split("\n");
  const { time, ...runLine } = JSON.parse(lines[0]!);
  assert.deepEqual(runLine, { type: "run", resumed: false, name: "x", seed: 3 });
  assert.ok(Math.abs(Date.now() - Date.parse(time)) < 600_000);
  assert.equal(JSON.parse(lines[1]!).name, "Training");

  const values = await valuesOf(folder);
  const config = values.find(({ value }) => value.tag === "config")!.value;
  assert.equal(config.metadata?.pluginData?.pluginName, "text");
  assert.ok(config.value.case === "tensor");
  assert.match(Buffer.from(config.value.value.stringVal[0]!).toString(), /^ {6}"seed": 3$/m);
});

test("histograms cover all weights, and images can be decoded", async () => {
  const values = await valuesOf(join(root, "whole"));
  const sizes = new Map(
    INPUT_NAMES.flatMap((input) =>
      buildTower(input, data.parts, createRandom(1)).weights.map((weight) => [
        `${input}/${weight.originalName}`,
        weight.shape.reduce<number>((product, dim) => product * dim!, 1),
      ]),
    ),
  );
  const histograms = values.flatMap(({ value: { tag, value } }) =>
    value.case === "histo" ? { tag, ...value.value } : [],
  );
  assert.equal(histograms.length, EPOCHS * sizes.size);
  for (const { tag, num, bucket } of histograms) {
    assert.equal(num, sizes.get(tag));
    assert.equal(
      bucket.reduce((sum, count) => sum + count, 0),
      num,
    );
  }
  const images = values.flatMap(({ step, value: { tag, value } }) =>
    value.case === "image" ? { name: `${tag} ${step}`, ...value.value } : [],
  );
  assert.deepEqual(images.map(({ name }) => name).sort(), [
    "poster/augmented 1",
    ...[1, 2, 3].map((step) => `poster/filters ${step}`),
    ...[1, 2, 3].map((step) => `title/attention ${step}`),
  ]);
  for (const { width, height, encodedImageString } of images) {
    const { info, data: pixels } = await sharp(encodedImageString)
      .raw()
      .toBuffer({ resolveWithObject: true });
    assert.deepEqual([info.width, info.height], [width, height]);
    assert.ok(new Set(pixels).size > 5, "more than one colour");
  }
});

test("a resumed log drops the epochs that are trained again, so that none is logged twice", async () => {
  const folder = join(root, "resumed");
  const killed = await open(folder);
  killed.begin({ name: "x" });
  // Killed in the third epoch of the poster tower, before its second epoch was saved.
  await train(killed, (tower, epoch) => tower === "title" || (tower === "poster" && epoch < 3));
  const [file] = (await readdir(folder)).filter((name) => /tfevents/.test(name));
  await appendFile(join(folder, file!), Buffer.from([7, 0, 0, 0, 0, 0, 0, 0, 1, 2]));
  await appendFile(join(folder, "history.jsonl"), '{"type":"epoch","tower":"po');

  const at = new Map([
    ["title", Number.POSITIVE_INFINITY],
    ["poster", 1],
  ]);
  const resumed = await open(folder, at);
  resumed.begin({ name: "x" });
  await train(resumed, (tower, epoch) => tower === "ratings" || (tower === "poster" && epoch > 1));
  await assertScalarsAgree(folder);
  const named = (lines: EpochLine[]) => lines.map(({ tower, epoch }) => `${tower} ${epoch}`);
  assert.deepEqual(named(await epochsOf(folder)), named(await epochsOf(join(root, "whole"))));
  const tags = async (name: string) =>
    (await valuesOf(join(root, name))).map(({ step, value }) => `${value.tag} ${step}`).sort();
  assert.deepEqual(await tags("resumed"), await tags("whole"));
});

test("TensorBoard reads the same scalars", {
  skip: without("tensorboard"),
}, async () => {
  const script = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "images": 0, "histograms": 0})
events.Reload()
tags = events.Tags()
print(json.dumps({
  "scalars": {tag: [[s.step, s.value] for s in events.Scalars(tag)] for tag in tags["scalars"]},
  "images": tags["images"], "histograms": len(tags["histograms"]),
}))`;
  const { stdout, stderr } = spawnSync(PYTHON, ["-c", script, join(root, "resumed")], {
    encoding: "utf8",
  });
  const actual = JSON.parse(stdout || assert.fail(stderr));
  const expected: Record<string, [number, number][]> = {};
  for (const { tower, epoch, loss, validation, learningRate, samplesPerSecond } of await epochsOf(
    join(root, "resumed"),
  )) {
    const values = {
      loss,
      learning_rate: learningRate,
      samples_per_second: samplesPerSecond,
      validation,
    };
    for (const [name, value] of Object.entries(values)) {
      if (value === null) continue;
      expected[`${tower}/${name}`] ??= [];
      expected[`${tower}/${name}`]!.push([epoch, Math.fround(value)]);
    }
  }
  assert.deepEqual(actual.scalars, expected);
  assert.deepEqual(actual.images.sort(), ["poster/augmented", "poster/filters", "title/attention"]);
  assert.ok(actual.histograms > 10);
});

test("if the folder cannot be written to, the error says what to do", async () => {
  await assert.rejects(
    open(join(root, "whole", "history.jsonl", "inside")),
    /^Error: cannot write the training log in .* \(.*\)\. Free space there, give another --log-dir, or use --no-log/,
  );
});
