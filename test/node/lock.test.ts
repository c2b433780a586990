/** Locks under a race, after a kill, and between PID namespaces as containers have them. */

import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import { readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { lock, lockFolder } from "../../node/lock.ts";
import { startOf } from "../builtProgram.ts";
import { without } from "../needs/needs.ts";
import { folder } from "../pipeline/dataset/folder.ts";

const CHILD = startOf("test/node/lockChild.ts");
const OPTIONS = { kind: "run", what: "somewhere", advice: "use another --out" };

interface Contender {
  readonly child: ChildProcess;
  /** Lets it try, and gives the first line that it says of it. */
  go(): Promise<string>;
  /** Lets an owner leave, and waits for the end of the process. */
  leave(): Promise<void>;
}

/** A process that waits to be told; `before` are a program and its arguments that run it. */
async function contender(t: TestContext, path: string, before: string[] = []): Promise<Contender> {
  const program = [...before, process.execPath, ...CHILD];
  const child = spawn(program[0]!, [...program.slice(1), path, join(path, "..", "journal")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  t.after(() => child.kill("SIGKILL"));
  // It may have ended by itself.
  child.stdin!.on("error", () => {});
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  assert.equal((await lines.next()).value, "ready");
  return {
    child,
    async go() {
      child.stdin!.write("\n");
      return (await lines.next()).value as string;
    },
    async leave() {
      child.stdin!.write("\n");
      await ended;
    },
  };
}

test("of processes that start at a dead owner's lock at once, one becomes the owner", async (t) => {
  const dir = await folder(t, { journal: "" });
  const path = join(dir, "lock");
  // Killed as an owner: its claim is left.
  const killed = await contender(t, path);
  assert.equal(await killed.go(), "owner");
  killed.child.kill("SIGKILL");
  await once(killed.child, "exit");
  assert.equal((await readdir(dir)).filter((name) => name.startsWith("lock.")).length, 2);
  await writeFile(join(dir, "journal"), "");

  for (let round = 0; round < 3; round++) {
    const contenders = await Promise.all(Array.from({ length: 6 }, () => contender(t, path)));
    const answers = await Promise.all(contenders.map(({ go }) => go()));
    const owners = answers.filter((answer) => answer === "owner");
    assert.equal(owners.length, 1, answers.join("\n"));
    for (const answer of answers) {
      if (answer !== "owner") assert.match(answer, /^a test is at work in .* \(process \d+\)/);
    }
    await Promise.all(contenders.map(({ leave }) => leave()));
  }
  const journal = (await readFile(join(dir, "journal"), "utf8")).trim().split("\n");
  for (let i = 0; i < journal.length; i += 2) {
    assert.equal(journal[i]!.replace("enter", "leave"), journal[i + 1], journal.join("\n"));
  }
  assert.deepEqual((await readdir(dir)).sort(), ["journal"]);
});

test("the same process has no second lock either; a released one is free", async (t) => {
  const dir = await folder(t, {});
  const release = await lockFolder(dir, "run", "use another --out");
  await assert.rejects(
    lockFolder(dir, "run", "use another --out"),
    new RegExp(
      `^Error: a run is at work in ${dir} \\(process ${process.pid}\\); wait for it, or use`,
    ),
  );
  // Another name in the folder is another lock.
  await (await lock(join(dir, "other"), OPTIONS))();
  await release();
  await (await lockFolder(dir, "run", "use another --out"))();
  assert.deepEqual(await readdir(dir), []);
});

/** The only claim at a lock, as its file and content. */
async function claimOf(dir: string): Promise<{ file: string; claim: Record<string, unknown> }> {
  const [name] = (await readdir(dir)).filter((entry) => /^lock\.[0-9a-f-]{36}$/.test(entry));
  const file = join(dir, name!);
  return { file, claim: JSON.parse(await readFile(file, "utf8")) };
}

test("a process id that another process has by now is dead", async (t) => {
  const dir = await folder(t, {});
  const release = await lock(join(dir, "lock"), OPTIONS);
  const { file, claim } = await claimOf(dir);
  await writeFile(file, JSON.stringify({ ...claim, started: "1" }));
  const second = await lock(join(dir, "lock"), OPTIONS);
  await second();
  await release();
});

test("a running process whose start cannot be read keeps its lock; a dead one does not", async (t) => {
  const dir = await folder(t, { journal: "" });
  const path = join(dir, "lock");
  const owner = await contender(t, path);
  assert.equal(await owner.go(), "owner");
  // As /proc looks with hidepid, to other users.
  const { readFileSync } = fs;
  t.after(syncBuiltinESMExports);
  t.mock.method(fs, "readFileSync", (file: string, encoding: BufferEncoding) => {
    if (file === `/proc/${owner.child.pid}/stat`) throw new Error("ENOENT");
    return readFileSync(file, encoding);
  });
  syncBuiltinESMExports();
  await assert.rejects(lock(path, OPTIONS), /a run is at work/);
  owner.child.kill("SIGKILL");
  await once(owner.child, "exit");
  await (await lock(path, OPTIONS))();
});

test("a claim of another container or host lives as long as its heartbeat", async (t) => {
  const dir = await folder(t, {});
  const release = await lock(join(dir, "lock"), OPTIONS);
  const { file, claim } = await claimOf(dir);
  await release();
  // Elsewhere, this process id says nothing.
  await writeFile(file, JSON.stringify({ ...claim, pid: 1, processSpace: "0", host: "node-7" }));
  await writeFile(`${file}.owner`, "");
  await assert.rejects(lock(join(dir, "lock"), OPTIONS), /\(process 1 on node-7\)/);
  const longAgo = new Date(Date.now() - 31_000);
  await utimes(file, longAgo, longAgo);
  await (await lock(join(dir, "lock"), OPTIONS))();
  assert.deepEqual(await readdir(dir), []);
});

test("of two that enter at once, the one with the smaller name goes on", async (t) => {
  const dir = await folder(t, {});
  const release = await lock(join(dir, "lock"), OPTIONS);
  const { claim } = await claimOf(dir);
  await release();
  const entering = (digit: string) =>
    join(dir, `lock.${digit.repeat(8)}-0000-0000-0000-000000000000`);
  await writeFile(entering("0"), JSON.stringify(claim));
  // At once: two that wait for each other would both give up in the end.
  const refused = Promise.race([lock(join(dir, "lock"), OPTIONS), pause(10_000)]);
  await assert.rejects(refused, /a run is at work/);
  await rm(entering("0"));
  await writeFile(entering("f"), JSON.stringify(claim));
  const waiting = lock(join(dir, "lock"), OPTIONS);
  assert.equal(await Promise.race([waiting, pause(200, "waits")]), "waits");
  await rm(entering("f"));
  await (await waiting)();
});

test("the heartbeat goes on while the owner's thread is busy", async (t) => {
  const dir = await folder(t, {});
  const release = await lock(join(dir, "lock"), { ...OPTIONS, heartbeatMs: 20 });
  const { file } = await claimOf(dir);
  const longAgo = new Date(0);
  await utimes(file, longAgo, longAgo);
  // No turn of the event loop: only another thread can touch the file.
  const script = `const { statSync } = require("node:fs"); const end = Date.now() + 5000; while (Date.now() < end) if (statSync(process.argv[1]).mtimeMs > 0) process.exit(0); process.exit(1);`;
  assert.equal(spawnSync(process.execPath, ["-e", script, file]).status, 0);
  await release();
});

const UNSHARE = ["unshare", "--pid", "--fork", "--mount-proc"];

test("a living owner in another PID namespace is respected", {
  skip: without("pidNamespaces"),
}, async (t) => {
  const dir = await folder(t, { journal: "" });
  const path = join(dir, "lock");
  const inside = await contender(t, path, UNSHARE);
  assert.equal(await inside.go(), "owner");
  // Its number there is a low one, which here is another process, or none.
  await assert.rejects(lock(path, OPTIONS), /a run is at work in somewhere \(process \d+\)/);
  const other = await contender(t, path, UNSHARE);
  assert.match(await other.go(), /^a test is at work/);
  await inside.leave();
  await (await lock(path, OPTIONS))();
});
