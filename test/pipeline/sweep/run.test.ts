/** What a sweep tries, finds, keeps and repeats. */

import assert from "node:assert/strict";
import { appendFile, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { lockFolder } from "../../../node/lock.ts";
import { readConfig } from "../../../pipeline/config/options.ts";
import type { Config } from "../../../pipeline/config/schema.ts";
import type { Finished } from "../../../pipeline/sweep/run.ts";
import { createDesk, type Desk, worthOf } from "./tinySweep.ts";

let desk: Desk;
before(async () => {
  desk = await createDesk();
});
after(() => desk.remove());

const RATES = [0.1, 0.01, 0.001, 0.0001];
const GRID = { method: "grid", parameters: { "ratings.learningRate": RATES } };
const HALVING = {
  method: "halving",
  ...{ trials: 9, eta: 3, minShare: 0.1, seed: 2 },
  parameters: { "ratings.learningRate": { min: 1e-4, max: 1, scale: "log" } },
};

/** All that does not depend on the clock. */
function lasting({ entries }: Finished) {
  return entries.map(({ trial, rung, share, result: { seconds: _, ...result } }) => ({
    ...{ trial, rung, share, result },
  }));
}

test("a grid tries everything, ranks it, and writes the winner as a config file", async () => {
  const { entries, winner, best, trained, asked } = await desk.sweep("grid", GRID);
  assert.equal(trained, 4);
  assert.deepEqual(
    asked.map(({ ratings }) => ratings.learningRate),
    RATES,
  );
  assert.deepEqual(
    entries.map(({ trial }) => trial.number),
    [2, 1, 3, 4],
    "equal figures keep the order of their numbers",
  );
  assert.equal(winner.trial.number, 2);
  assert.deepEqual(readConfig(["--config", best]), asked[1]);

  const folder = join(desk.root, "grid");
  const table = await readFile(join(folder, "results.md"), "utf8");
  assert.match(table, /^\| rank \| trial \| ratings\.learningRate \| +mAP@5 \|/);
  assert.match(table.split("\n")[2]!, /\| 1 +\| +2 \| +0\.01 \| 0\.9080 \| +0\.0100 \|/);
  const csv = (await readFile(join(folder, "results.csv"), "utf8")).split("\r\n");
  assert.equal(csv.length, 1 + 4 + 1);
  assert.match(csv[0]!, /^trial,rung,epoch_share,ratings\.learningRate,objective,.*"mAP@5 all mod/);
  assert.match(csv[2]!, /^2,1,1,0\.01,0\.908,0\.01,/);
  const page = await readFile(join(folder, "report.html"), "utf8");
  assert.equal(page.match(/<svg/g)?.length, 2, "the trials, and the one parameter");
  assert.doesNotMatch(page, /Not finished|<script|NaN/);
});

test("successive halving gives the epochs to the best", async () => {
  const { entries, winner, asked } = await desk.sweep("halving", HALVING);
  assert.deepEqual(
    asked.map(({ ratings }) => ratings.epochs),
    [...Array<number>(9).fill(1), ...Array<number>(3).fill(3), 8],
  );
  const worth = (config: Config) => Math.abs(Math.log10(config.ratings.learningRate) + 2);
  const first = asked.slice(0, 9).toSorted((a, b) => worth(a) - worth(b));
  assert.deepEqual(
    asked.slice(9, 12).map(({ ratings }) => ratings.learningRate),
    first.slice(0, 3).map(({ ratings }) => ratings.learningRate),
  );
  assert.equal(winner.trial.config.ratings.learningRate, first[0]!.ratings.learningRate);
  assert.equal(winner.trial.config.ratings.epochs, 8, "the winner has all of its epochs");
  assert.equal(entries[0], winner);
  const page = await readFile(join(desk.root, "halving", "report.html"), "utf8");
  assert.equal(page.match(/<svg/g)?.length, 3, "the rungs as well");
});

test("an interrupted sweep goes on where it was, and ends as one that was not", async () => {
  const whole = await desk.sweep("whole", HALVING);
  for (const trials of [1, 9, 11]) {
    const name = `interrupted-${trials}`;
    await desk.sweep(name, HALVING);
    // A kill leaves the journal as it is after the last trial.
    const path = join(desk.root, name, "results.jsonl");
    const lines = (await readFile(path, "utf8")).split("\n");
    await writeFile(path, `${lines.slice(0, 1 + trials).join("\n")}\n`);
    const resumed = await desk.sweep(name, HALVING);
    assert.equal(resumed.trained, 13 - trials);
    assert.deepEqual(lasting(resumed), lasting(whole));
    // Once more, with nothing left to do.
    const idle = await desk.sweep(name, HALVING);
    assert.equal(idle.trained, 0);
    assert.deepEqual(lasting(idle), lasting(whole));
  }
});

test("a line that a kill has left incomplete is dropped, and its trial repeated", async () => {
  await desk.sweep("torn", GRID);
  const path = join(desk.root, "torn", "results.jsonl");
  const text = await readFile(path, "utf8");
  // In the middle of a character of the last line.
  const torn = Buffer.concat([Buffer.from(text.slice(0, -40)), Buffer.from([0xc3])]);
  await writeFile(path, torn);
  const { trained, warnings } = await desk.sweep("torn", GRID);
  assert.equal(trained, 1);
  assert.match(warnings.join("\n"), /results\.jsonl ends in an incomplete line/);
  assert.equal((await desk.journal("torn")).length, 1 + 4);

  const lines = text.split("\n");
  await writeFile(path, [lines[0], lines[1]!.slice(0, 50), ...lines.slice(2)].join("\n"));
  await assert.rejects(desk.sweep("torn", GRID), /results\.jsonl:2 is damaged .*delete the line/);
  await writeFile(path, [lines[0], '{"key":3}', ...lines.slice(2)].join("\n"));
  await assert.rejects(desk.sweep("torn", GRID), /results\.jsonl:2 is damaged \(key: /);
  await writeFile(path, lines.slice(1).join("\n"));
  await assert.rejects(desk.sweep("torn", GRID), /results\.jsonl:1: .*does not begin/);
});

test("a failed trial is told and passed over, and tried again the next time", async () => {
  const worth = (config: Config) => {
    if (config.ratings.learningRate === 0.01) throw new Error("the loss became NaN");
    return worthOf(config);
  };
  const first = await desk.sweep("failing", GRID, { worth });
  assert.equal(first.winner.trial.number, 1);
  assert.equal(first.entries.at(-1)!.result.error, "the loss became NaN");
  const table = await readFile(join(desk.root, "failing", "results.md"), "utf8");
  assert.match(table, /\| - +\| +2 \|.*failed: the loss became NaN/);
  const second = await desk.sweep("failing", GRID);
  assert.deepEqual([second.trained, second.winner.trial.number], [1, 2]);

  const always = () => {
    throw new Error("out of luck");
  };
  await assert.rejects(
    desk.sweep("hopeless", GRID, { worth: always }),
    /no trial succeeded; the first: out of luck/,
  );
  assert.ok(!(await readdir(join(desk.root, "hopeless"))).includes("best.json"));
});

test("a changed sweep is refused, extended or begun anew, as the user says", async () => {
  await desk.sweep("changed", GRID);
  const wider = { method: "grid", parameters: { "ratings.learningRate": [...RATES, 0.005] } };
  await assert.rejects(
    desk.sweep("changed", wider),
    /is of another sweep; what has changed:\n {2}parameters\.ratings\.learningRate: \[.*\] -> \[.*0\.005\]\nUse --extend .*--restart/,
  );
  const extended = await desk.sweep("changed", wider, { onChange: "extend" });
  assert.deepEqual([extended.trained, extended.entries.length], [1, 5]);
  assert.equal((await desk.sweep("changed", wider)).trained, 0, "extended once, it is this sweep");
  const anew = await desk.sweep("changed", GRID, { onChange: "restart" });
  assert.equal(anew.trained, 4);
  assert.match(anew.warnings.join(), /kept in .*results\.1\.jsonl/);
});

test("another objective or more trials are no other sweep", async () => {
  const random = { ...HALVING, method: "random", trials: 3 } as Record<string, unknown>;
  delete random.eta;
  delete random.minShare;
  const first = await desk.sweep("longer", random);
  const longer = await desk.sweep("longer", { ...random, trials: 5 });
  assert.equal(longer.trained, 2);
  const other = await desk.sweep("longer", { ...random, objective: { metric: "LRAP" } });
  assert.equal(other.trained, 0);
  assert.equal(other.winner.trial.number, first.entries.at(-1)!.trial.number, "1 - mAP@5");
});

test("an objective that no figure has is refused before anything is trained", async () => {
  const asked: Config[] = [];
  const refused = (objective: object) => desk.sweep("lost", { ...GRID, objective }, { asked });
  await assert.rejects(refused({ metric: "map@5" }), /metric "map@5"; did you mean "mAP@5"/);
  await assert.rejects(refused({ input: "posters" }), /did you mean "poster"\? There are: all mod/);
  await assert.rejects(refused({ group: ">= 5 ratings" }), /did you mean "≥ 5 ratings"/);
  await assert.rejects(refused({ input: "poster", metric: "LRAP" }), /the nearest is "/);
  assert.equal(asked.length, 0);
});

test("a folder has one sweep at a time, and is free afterwards", async () => {
  await desk.sweep("locked", GRID);
  const folder = join(desk.root, "locked");
  assert.ok(!(await readdir(folder)).some((name) => name.startsWith("lock")));
  const release = await lockFolder(folder, "sweep", "use another --out");
  await assert.rejects(desk.sweep("locked", GRID), /a sweep is at work in .*process \d+.*--out/);
  await release();
  assert.equal((await desk.sweep("locked", GRID)).trained, 0);
});

test("results of other data are none of this sweep's", async () => {
  await desk.sweep("data", GRID);
  await appendFile(join(desk.data, "movies_train.dat"), "9999::Latecomer, The (1999)::Drama\n");
  await assert.rejects(desk.sweep("data", GRID), /what has changed:\n {2}dataset: "\w+" -> "\w+"/);
  assert.equal((await desk.sweep("data", GRID, { onChange: "extend" })).trained, 4);
});
