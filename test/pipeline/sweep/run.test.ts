/** Sweeps with a stand-in for training: trials, ranking, files, resumption and errors. */

import assert from "node:assert/strict";
import { appendFile, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { lockFolder } from "../../../node/lock.ts";
import { readConfig } from "../../../pipeline/config/options.ts";
import type { Config } from "../../../pipeline/config/schema.ts";
import { readComparisons } from "../../../pipeline/report/comparison.ts";
import type { SweepResult } from "../../../pipeline/sweep/run.ts";
import { createTestSweeps, scoreFor, type TestSweeps } from "./tinySweep.ts";

let sweeps: TestSweeps;
before(async () => {
  sweeps = await createTestSweeps();
});
after(() => sweeps.remove());

const RATES = [0.1, 0.01, 0.001, 0.0001];
const GRID = { method: "grid", parameters: { "ratings.learningRate": RATES } };
const HALVING = {
  method: "halving",
  trials: 9,
  eta: 3,
  minShare: 0.1,
  seed: 2,
  parameters: { "ratings.learningRate": { min: 1e-4, max: 1, scale: "log" } },
};

/** The entries without their durations. */
function withoutSeconds({ entries }: SweepResult) {
  return entries.map((entry) => {
    const { seconds: _, ...result } = entry.result;
    return { ...entry, result };
  });
}

test("a grid trains and ranks all combinations and writes the winner's config file", async () => {
  const { entries, winner, best, trained, trainedConfigs } = await sweeps.run("grid", GRID);
  assert.equal(trained, 4);
  assert.deepEqual(
    trainedConfigs.map(({ ratings }) => ratings.learningRate),
    RATES,
  );
  assert.deepEqual(
    entries.map(({ trial }) => trial.number),
    [2, 1, 3, 4],
    "trials with equal figures are in the order of their numbers",
  );
  assert.equal(winner.trial.number, 2);
  assert.deepEqual(readConfig(["--config", best]), trainedConfigs[1]);

  const folder = join(sweeps.root, "grid");
  const told = { title: "Learning rates", finding: "0.01 is best." };
  const [untitled] = readComparisons([join(folder, "results.json")]);
  assert.equal(untitled!.title, undefined);
  const again = await sweeps.run("grid", { ...GRID, ...told });
  assert.equal(again.trained, 0, "what is said of a sweep trains nothing again");
  const [titled] = readComparisons([join(folder, "results.json")]);
  assert.deepEqual(titled, { ...told, ...untitled });
  const table = await readFile(join(folder, "results.md"), "utf8");
  assert.match(table, /^\| rank \| trial \| ratings\.learningRate \| +mAP@5 \|/);
  assert.match(table.split("\n")[2]!, /\| 1 +\| +2 \| +0\.01 \| 0\.9080 \| +0\.0100 \|/);
  const csv = (await readFile(join(folder, "results.csv"), "utf8")).split("\r\n");
  assert.equal(csv.length, 1 + 4 + 1);
  assert.match(
    csv[0]!,
    /^trial,rung,epoch_share,ratings\.learningRate,objective,.*"mAP@5 all inputs/,
  );
  assert.match(csv[2]!, /^2,1,1,0\.01,0\.908,0\.01,/);
  const page = await readFile(join(folder, "report.html"), "utf8");
  assert.equal(page.match(/<svg/g)?.length, 2, "one chart of the trials, one of the parameter");
  assert.doesNotMatch(page, /Not finished|<script|NaN/);
});

test("successive halving trains the best trials for more epochs", async () => {
  const { entries, winner, trainedConfigs } = await sweeps.run("halving", HALVING);
  assert.deepEqual(
    trainedConfigs.map(({ ratings }) => ratings.epochs),
    [...Array<number>(9).fill(1), ...Array<number>(3).fill(3), 8],
  );
  const distance = ({ ratings }: Config) => Math.abs(Math.log10(ratings.learningRate) + 2);
  const first = trainedConfigs.slice(0, 9).toSorted((a, b) => distance(a) - distance(b));
  assert.deepEqual(
    trainedConfigs.slice(9, 12).map(({ ratings }) => ratings.learningRate),
    first.slice(0, 3).map(({ ratings }) => ratings.learningRate),
  );
  assert.equal(winner.trial.config.ratings.learningRate, first[0]!.ratings.learningRate);
  assert.equal(winner.trial.config.ratings.epochs, 8, "the winner has all of its epochs");
  assert.equal(entries[0], winner);
  const page = await readFile(join(sweeps.root, "halving", "report.html"), "utf8");
  assert.equal(page.match(/<svg/g)?.length, 3, "and one of the rungs");
});

test("an interrupted sweep resumes, with the same result as an uninterrupted one", async () => {
  const whole = await sweeps.run("whole", HALVING);
  for (const trials of [1, 9, 11]) {
    const name = `interrupted-${trials}`;
    await sweeps.run(name, HALVING);
    // After a kill, the journal has the trials finished so far.
    const path = join(sweeps.root, name, "results.jsonl");
    const lines = (await readFile(path, "utf8")).split("\n");
    await writeFile(path, `${lines.slice(0, 1 + trials).join("\n")}\n`);
    const resumed = await sweeps.run(name, HALVING);
    assert.equal(resumed.trained, 13 - trials);
    assert.deepEqual(withoutSeconds(resumed), withoutSeconds(whole));
    // A further run has nothing left to train.
    const idle = await sweeps.run(name, HALVING);
    assert.equal(idle.trained, 0);
    assert.deepEqual(withoutSeconds(idle), withoutSeconds(whole));
  }
});

test("an incomplete last line is removed and its trial repeated; other damage is an error", async () => {
  await sweeps.run("torn", GRID);
  const path = join(sweeps.root, "torn", "results.jsonl");
  const text = await readFile(path, "utf8");
  // Cut in the middle of a multi-byte character.
  const torn = Buffer.concat([Buffer.from(text.slice(0, -40)), Buffer.from([0xc3])]);
  await writeFile(path, torn);
  const { trained, warnings } = await sweeps.run("torn", GRID);
  assert.equal(trained, 1);
  assert.match(warnings.join("\n"), /results\.jsonl: removing the incomplete last line/);
  assert.equal((await sweeps.journal("torn")).length, 1 + 4);

  const lines = text.split("\n");
  await writeFile(path, [lines[0], lines[1]!.slice(0, 50), ...lines.slice(2)].join("\n"));
  await assert.rejects(sweeps.run("torn", GRID), /results\.jsonl:2 is damaged .*delete the line/);
  await writeFile(path, [lines[0], '{"key":3}', ...lines.slice(2)].join("\n"));
  await assert.rejects(sweeps.run("torn", GRID), /results\.jsonl:2 is damaged \(key: /);
  await writeFile(path, lines.slice(1).join("\n"));
  await assert.rejects(sweeps.run("torn", GRID), /results\.jsonl:1: .*does not begin/);
});

test("a failed trial is reported and skipped, and repeated by the next run", async () => {
  const score = (config: Config) => {
    if (config.ratings.learningRate === 0.01) throw new Error("the loss became NaN");
    return scoreFor(config);
  };
  const first = await sweeps.run("failing", GRID, { score });
  assert.equal(first.winner.trial.number, 1);
  assert.equal(first.entries.at(-1)!.result.error, "the loss became NaN");
  const table = await readFile(join(sweeps.root, "failing", "results.md"), "utf8");
  assert.match(table, /\| - +\| +2 \|.*failed: the loss became NaN/);
  const second = await sweeps.run("failing", GRID);
  assert.deepEqual([second.trained, second.winner.trial.number], [1, 2]);

  const always = () => {
    throw new Error("out of luck");
  };
  await assert.rejects(
    sweeps.run("hopeless", GRID, { score: always }),
    /no trial succeeded; the first failed with: out of luck/,
  );
  assert.ok(!(await readdir(join(sweeps.root, "hopeless"))).includes("best.json"));
});

test("a changed sweep is an error without --extend or --restart", async () => {
  await sweeps.run("changed", GRID);
  const wider = { method: "grid", parameters: { "ratings.learningRate": [...RATES, 0.005] } };
  await assert.rejects(
    sweeps.run("changed", wider),
    /belongs to another sweep; differences:\n {2}parameters\.ratings\.learningRate: \[.*\] -> \[.*0\.005\]\nUse --extend .*--restart/,
  );
  const extended = await sweeps.run("changed", wider, { onChange: "extend" });
  assert.deepEqual([extended.trained, extended.entries.length], [1, 5]);
  assert.equal(
    (await sweeps.run("changed", wider)).trained,
    0,
    "the journal now belongs to the wider sweep",
  );
  const restarted = await sweeps.run("changed", GRID, { onChange: "restart" });
  assert.equal(restarted.trained, 4);
  assert.match(restarted.warnings.join(), /kept in .*results\.1\.jsonl/);
});

test("another objective or more trials keep the earlier results", async () => {
  const random = { ...HALVING, method: "random", trials: 3 } as Record<string, unknown>;
  delete random.eta;
  delete random.minShare;
  const first = await sweeps.run("longer", random);
  const longer = await sweeps.run("longer", { ...random, trials: 5 });
  assert.equal(longer.trained, 2);
  const other = await sweeps.run("longer", { ...random, objective: { metric: "LRAP" } });
  assert.equal(other.trained, 0);
  assert.equal(
    other.winner.trial.number,
    first.entries.at(-1)!.trial.number,
    "LRAP is 1 - mAP@5 here",
  );
});

test("an unknown objective is an error before anything is trained", async () => {
  const trainedConfigs: Config[] = [];
  const refused = (objective: object) =>
    sweeps.run("lost", { ...GRID, objective }, { trainedConfigs });
  await assert.rejects(refused({ metric: "map@5" }), /metric "map@5"; did you mean "mAP@5"/);
  await assert.rejects(
    refused({ input: "posters" }),
    /did you mean "poster"\? Possible: all inputs/,
  );
  await assert.rejects(refused({ group: ">= 5 ratings" }), /did you mean "≥ 5 ratings"/);
  await assert.rejects(refused({ input: "poster", metric: "LRAP" }), /the nearest is "/);
  assert.equal(trainedConfigs.length, 0);
});

test("a folder has one sweep at a time, and is unlocked afterwards", async () => {
  await sweeps.run("locked", GRID);
  const folder = join(sweeps.root, "locked");
  assert.ok(!(await readdir(folder)).some((name) => name.startsWith("lock")));
  const release = await lockFolder(folder, "sweep", "use another --out");
  await assert.rejects(sweeps.run("locked", GRID), /a sweep is at work in .*process \d+.*--out/);
  await release();
  assert.equal((await sweeps.run("locked", GRID)).trained, 0);
});

test("results of other data do not count", async () => {
  await sweeps.run("data", GRID);
  await appendFile(join(sweeps.data, "movies_train.dat"), "9999::Latecomer, The (1999)::Drama\n");
  await assert.rejects(sweeps.run("data", GRID), /differences:\n {2}dataset: "\w+" -> "\w+"/);
  assert.equal((await sweeps.run("data", GRID, { onChange: "extend" })).trained, 4);
});
