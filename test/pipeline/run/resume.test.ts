/** The whole program, interrupted: `--resume` publishes the very model.onnx of a run that was left alone. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { openBundle } from "../../../node/bundle.ts";
import { createRandom, type Random } from "../../../pipeline/common/random.ts";
import { without } from "../../needs/needs.ts";
import { until } from "../../until.ts";
import { createWorkspace, SHORT, start, type Workspace } from "./tinyRun.ts";

let workspace: Workspace;
/** SHA-256 of the model.onnx that nothing disturbed. */
let expected: string;
before(async () => {
  workspace = await createWorkspace(50);
  const { code, stderr } = await run("whole").finished;
  assert.equal(code, 0, stderr);
  expected = await modelOf("whole");
});
after(() => workspace.remove());

function options(name: string, cache = join(workspace.root, `${name}-cache`)): string[] {
  const { root, data } = workspace;
  return [
    ...SHORT,
    ...["--poster-epochs", "2", "--ratings-epochs", "3", "--seed", "3", "--data", data],
    ...["--out", join(root, name), "--cache", cache],
    ...["--log", "--log-dir", join(root, "runs")],
  ];
}

function run(name: string, ...more: string[]) {
  return start("pipeline/main.ts", [...options(name), ...more]);
}

async function modelOf(name: string): Promise<string> {
  const { manifest } = await openBundle(join(workspace.root, name));
  return manifest.files["model.onnx"]!.sha256;
}

interface Moment {
  /** What the program has to have said. */
  readonly said: RegExp;
  /** Whether the bundle must be half written. */
  readonly publishing?: boolean;
  /** Most milliseconds after that, drawn by chance. */
  readonly within: number;
}

/** In the order in which a run comes by them. */
const MOMENTS: readonly Moment[] = [
  { said: /\] Reading \d+ posters/, within: 150 },
  { said: /\] Training on/, within: 150 },
  { said: /poster epoch 1/, within: 100 },
  { said: /ratings epoch [12]|ratings: epochs done before: [12]/, within: 60 },
  { said: /\] (Checking the graph|Evaluating)/, within: 200 },
  { said: /\] Writing model card/, publishing: true, within: 20 },
];
/** Each has every other moment. */
const CHAINS = ["first", "second"];

test("killed at 6 moments from reading to publishing, and resumed each time", {
  concurrency: CHAINS.length,
}, async (t) => {
  await Promise.all(
    CHAINS.map((name, i) => {
      const moments = MOMENTS.filter((_, k) => k % CHAINS.length === i);
      return t.test(name, () => killAgainAndAgain(name, moments, createRandom(name)));
    }),
  );
});

async function killAgainAndAgain(
  name: string,
  moments: readonly Moment[],
  random: Random,
): Promise<void> {
  const printed = new Map<string, number>();
  for (const moment of moments) {
    let stderr = await killedAt(name, moment, random);
    // A machine may be so fast that the run was over before: the moment is tried again.
    for (let tries = 1; stderr === undefined; tries++) {
      assert.ok(tries < 5, `${moment.said} is never reached`);
      printed.clear();
      stderr = await killedAt(name, moment, random);
    }
    assertOneEpochLost(printed, stderr);
    for (const [, tower, epoch] of stderr.matchAll(/(\w+) epoch (\d+) /g)) {
      printed.set(tower!, Number(epoch));
    }
  }
  const last = await run(name, "--resume").finished;
  assert.equal(last.code, 0, last.stderr);
  assert.doesNotMatch(last.stderr, /damaged/);
  assert.match(last.stderr, /resuming: title finished, ratings finished, poster finished/);
  assert.equal(await modelOf(name), expected);
  await assertNothingLeft(name);
  await assertEpochsLoggedOnce(last.stderr);
}

/** @returns What the run said; undefined if it ended by itself. */
async function killedAt(name: string, moment: Moment, random: Random): Promise<string | undefined> {
  const { child, stderr, finished } = run(name, "--resume");
  const delay = random.next() * moment.within;
  let over = false;
  void finished.then(() => {
    over = true;
  });
  const isNow = () =>
    moment.said.test(stderr()) && (!moment.publishing || isPublishing(workspace.root, name));
  while (!over && !isNow()) await pause(2);
  await pause(delay);
  child.kill("SIGKILL");
  const end = await finished;
  if (end.code === 0 || (moment.publishing && (await isPublished(name)))) return undefined;
  assert.equal(end.code, null, end.stderr);
  return end.stderr;
}

/** The bundle is in place, and checkpoints were about to go: the run was over, whatever ended its process. */
async function isPublished(name: string): Promise<boolean> {
  if (!isPublishing(workspace.root, name)) return true;
  const left = await readdir(join(workspace.root, `${name}-cache`, "checkpoints"));
  return left.length === 0;
}

function isPublishing(root: string, name: string): boolean {
  return readdirSync(root).some((entry) => entry.startsWith(`.${name}.`));
}

/** @param printed Last epoch that each tower was seen to finish before. */
function assertOneEpochLost(printed: ReadonlyMap<string, number>, stderr: string): void {
  const [, kept] = /resuming: (.*)/.exec(stderr) ?? [];
  if (kept === undefined) return;
  for (const [tower, epoch] of printed) {
    if (kept.includes(`${tower} finished`)) continue;
    const [, after = "0"] = new RegExp(`${tower} after epoch (\\d+)`).exec(kept) ?? [];
    assert.ok(Number(after) >= epoch - 1, `${tower}: ${epoch} epochs were done; ${kept}`);
  }
}

async function assertNothingLeft(name: string): Promise<void> {
  const cache = join(workspace.root, `${name}-cache`);
  const beside = (await readdir(workspace.root)).filter((entry) => entry.includes(name));
  const names = [...beside, ...(await readdir(cache))];
  assert.deepEqual(
    names.filter((entry) => /\.tmp$|\.previous$/.test(entry)),
    [],
  );
  assert.deepEqual(await readdir(join(cache, "checkpoints")), [], "published: no use for them");
}

/** The log that the run names has every epoch once, in order, whatever happened on the way. */
async function assertEpochsLoggedOnce(stderr: string): Promise<void> {
  const [, folder] = /logs in (.*); show them/.exec(stderr)!;
  const lines = (await readFile(join(folder!, "history.jsonl"), "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { type: string; tower?: string; epoch?: number });
  assert.deepEqual(
    lines.filter(({ type }) => type === "epoch").map(({ tower, epoch }) => `${tower} ${epoch}`),
    ["title 1", "poster 1", "poster 2", "ratings 1", "ratings 2", "ratings 3"],
  );
  assert.ok(lines.filter(({ type }) => type === "run").length > 1, "resumed more than once");
}

test("a full disk stops the run with a sentence; with more room it is resumed", {
  skip: without("mount"),
}, async () => {
  const disk = join(workspace.root, "disk");
  await mkdir(disk);
  // Room for posters and the first towers, but not for the ratings tower's state.
  mount("-t", "tmpfs", "-o", "size=460k", "tmpfs", disk);
  try {
    const args = options("full", join(disk, "cache"));
    const full = await start("pipeline/main.ts", args).finished;
    assert.equal(full.code, 1, full.stderr);
    const sentence =
      /error: cannot write the checkpoint .* \(ENOSPC.*\)\. Earlier checkpoints are kept: title finished, .*poster finished\. Free at least \d+ MB there and run again with --resume\.\n$/;
    assert.match(full.stderr, sentence);
    mount("-o", "remount,size=64m", disk);
    const resumed = await start("pipeline/main.ts", [...args, "--resume"]).finished;
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.match(resumed.stderr, /resuming: title finished, .*poster finished/);
    assert.doesNotMatch(resumed.stderr, /damaged/);
    assert.equal(await modelOf("full"), expected);
  } finally {
    execFileSync("umount", [disk]);
  }
});

function mount(...args: string[]): void {
  execFileSync("mount", args, { stdio: "pipe" });
}

test("other options are refused by what differs, and without --resume a run begins anew", async () => {
  await killedAt("other", MOMENTS[4]!, createRandom("other"));
  const other = await run("other", "--resume", "--seed", "4", "--ratings-dropout", "0.2").finished;
  assert.equal(other.code, 1);
  assert.match(other.stderr, /error: --resume: the checkpoints in .* are of another run/);
  assert.match(other.stderr, /^ {2}options\.seed: 3 -> 4$/m);
  assert.match(other.stderr, /^ {2}options\.ratings\.dropout: 0\.4 -> 0\.2$/m);
  const anew = run("other");
  await until(() => /Fitting/.test(anew.stderr()));
  anew.child.kill("SIGINT");
  const { stderr } = await anew.finished;
  // The kill may have come before the next tower's first epoch was kept.
  assert.match(stderr, /replacing the checkpoints of an unfinished run \(title finished[,)]/);
  assert.match(stderr, /interrupted; finished epochs are saved, resume with\n.*--resume\n/);
});
