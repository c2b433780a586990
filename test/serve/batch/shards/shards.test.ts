/** Batches in shards: the bytes of an undisturbed run, whoever is killed meanwhile. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { parquetWriteBuffer } from "hyparquet-writer";
import { connectRedis } from "../../../../node/jobs/queue/connect.ts";
import { openStorage } from "../../../../node/storage/open.ts";
import { checkMergeOutputs, mergeShards } from "../../../../serve/batch/shards/merge.ts";
import { startShardWorker } from "../../../../serve/batch/shards/queue/worker.ts";
import { runSharded } from "../../../../serve/batch/shards/run.ts";
import { without } from "../../../needs/needs.ts";
import { startRedis } from "../../../node/jobs/redis.ts";
import { start } from "../../../pipeline/run/tinyRun.ts";
import { until } from "../../../until.ts";
import { createLab, type Lab, publishTiny } from "../../server.ts";

let lab: Lab;
before(async () => {
  lab = await createLab();
});
after(() => lab.close());

function predict(...args: string[]) {
  return start("serve/predict.ts", ["--model", lab.model, ...args]);
}

async function succeed(...args: string[]): Promise<string> {
  const { code, stderr } = await predict(...args).finished;
  assert.equal(code, 0, stderr);
  return stderr;
}

interface Line {
  readonly file?: string;
  readonly line: number;
  readonly id?: string | number;
}

async function lines(path: string): Promise<Line[]> {
  const text = await readFile(path, "utf8");
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

/** What all files of a folder hold, but its storage. */
async function contents(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).filter((name) => !name.startsWith("."));
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  return Object.fromEntries(names.map((name, i) => [name, texts[i]!]));
}

/** What the files are after all kills. */
let disturbed: Record<string, string>;

const ROWS = 600;
const title = (i: number) => `War ${i}`;

test("files of three kinds: each row once, in order; killed workers and a killed parent change no byte", async () => {
  const input = join(lab.root, "rows");
  await mkdir(input);
  const each = Array.from({ length: ROWS }, (_, i) => i);
  const isWrong = (i: number) => i % 100 === 50;
  await writeFile(
    join(input, "a.csv"),
    `id,title,year\n${each.map((i) => `${i},${title(i)},${isWrong(i) ? "x" : 1990}\n`).join("")}`,
  );
  await writeFile(
    join(input, "b.jsonl"),
    each
      .map((i) => `${JSON.stringify({ id: i, title: title(i), year: isWrong(i) ? "x" : 1990 })}\n`)
      .join(""),
  );
  const parquet = parquetWriteBuffer({
    columnData: [
      { name: "id", data: each.map(BigInt), type: "INT64" },
      { name: "title", data: each.map((i) => (isWrong(i) ? null : title(i))), type: "STRING" },
    ],
    rowGroupSize: 250,
  });
  await writeFile(join(input, "c.parquet"), new Uint8Array(parquet));

  const args = ["--input", input, "--shard-rows", "100"];
  const killed = join(lab.root, "killed");
  const again = [...args, "--shards", killed, "--workers", "2"];
  const run = predict(...again);
  await partsOf(killed, 2);
  process.kill(await workerOf(run.child.pid!), "SIGKILL");
  await partsOf(killed, 6);
  run.child.kill("SIGKILL");
  const { code, stderr: said } = await run.finished;
  assert.equal(code, null, said);
  assert.match(
    said,
    /warning: the process of rows from .* ended by SIGKILL; another one takes over/,
  );
  assert.ok(!existsSync(join(killed, "manifest.json")));
  assert.match(
    await succeed(...again),
    /1800 rows in 18 shards, 18 rejected; see .*manifest\.json/,
  );
  disturbed = await contents(killed);
  assert.deepEqual(
    (await readdir(killed)).filter((name) => name.startsWith(".")),
    [],
  );
  // Done already: joined only.
  const output = join(lab.root, "merged.jsonl");
  await succeed(...again, "--merge", "--output", output);
  const first = { "a.csv": 2, "b.jsonl": 1, "c.parquet": 1 };
  const expected = Object.entries(first).flatMap(([file, line]) =>
    each.map((i) => ({ file, line: line + i, id: file === "a.csv" ? String(i) : i, i })),
  );
  const pick = ({ file, line, id }: Line) => ({ file, line, id });
  assert.deepEqual(
    (await lines(output)).map(pick),
    expected.filter(({ i }) => !isWrong(i)).map(pick),
  );
  assert.deepEqual(
    (await lines(`${output}.rejects`)).map(pick),
    expected.filter(({ i }) => isWrong(i)).map(pick),
  );

  // Something else is not taken for this batch, nor what has been changed since.
  await assert.rejects(
    runSharded({
      ...{ model: lab.model, precision: "fp32", input, folders: {}, folder: killed, top: 1 },
      ...{ format: "jsonl", rowsPerShard: 100, workers: 1, overwrite: false },
      signal: new AbortController().signal,
    }),
    /has a batch with another top; name another folder, or replace it with --overwrite/,
  );
  await writeFile(join(killed, "part-000003.jsonl"), "{}\n");
  await assert.rejects(
    mergeShards({ folder: killed, output, rejects: `${output}.rejects`, overwrite: true }),
    /part-000003\.jsonl is not what the batch wrote/,
  );
  assert.equal((await lines(output)).length, 1782);
});

test("workers behind a queue write the same bytes; one of another bundle gives shards back", {
  skip: without("redis"),
}, async () => {
  const redis = await startRedis();
  const storage = join(lab.root, "storage");
  const notices: string[] = [];
  const onNotice = (text: string) => void notices.push(text);
  const other = join(lab.root, "other");
  await publishTiny(other, 2);
  const connections = await Promise.all(
    [0, 1].map(() => connectRedis({ url: redis.url, onNotice })),
  );
  const workers = await Promise.all(
    [other, lab.model].map((model, i) =>
      startShardWorker({
        ...{ connection: connections[i]!, storage: openStorage(storage), model },
        ...{ name: `worker ${i}`, slots: 1, lockMs: 2000, onNotice },
      }),
    ),
  );
  const KEY = "0123456789abcdef";
  const admin = ["--queue", redis.url, "--storage", storage, "--model", lab.model];
  process.env.MARQUEE_ADMIN_KEY = KEY.slice(1);
  const refused = start("serve/worker.ts", [...admin, "--admin-port", "0"]);
  process.env.MARQUEE_ADMIN_KEY = KEY;
  const watched = start("serve/worker.ts", [...admin, "--admin-port", "0", "--slots", "1"]);
  const folder = join(lab.root, "queued");
  const { failures } = await runSharded({
    ...{ model: lab.model, precision: "fp32", input: join(lab.root, "rows"), folders: {}, folder },
    ...{ format: "jsonl", rowsPerShard: 100, workers: 1, overwrite: false },
    ...{ queue: redis.url, storage, signal: new AbortController().signal },
  });
  assert.match((await refused.finished).stderr, /^error: --admin-port needs a key of at least 16/);
  while (!/ is waiting for shards of /.test(watched.stderr())) {
    assert.equal(watched.child.exitCode, null, watched.stderr());
    await pause(20);
  }
  const [, address] = /admin on (http:\S+)\/queues/.exec(watched.stderr())!;
  const headers = { authorization: `Bearer ${KEY}` };
  assert.equal((await fetch(`${address}/metrics`)).status, 401);
  const metrics = await (await fetch(`${address}/metrics`, { headers })).text();
  assert.match(metrics, /^marquee_queue_jobs\{state="completed"\} 18$/m);
  const board = await (await fetch(`${address}/queues/api/queues`, { headers })).text();
  assert.match(board, /"name":"shards"/);
  watched.child.kill("SIGTERM");
  assert.equal((await watched.finished).code, 0, watched.stderr());
  await Promise.all(workers.map((worker) => worker.stop()));
  for (const connection of connections) connection.disconnect();
  await redis.remove();
  assert.deepEqual(failures, []);
  assert.deepEqual(await contents(folder), disturbed);
  assert.ok(notices.some((text) => /given back by worker 0: its bundle is \w+/.test(text)));
});

test("shards of one file, joined, are what the batch without shards writes", async () => {
  const input = join(lab.root, "movies.csv");
  await writeFile(
    input,
    '\uFEFFid,title,note,poster\r\n1,"Two\r\nlines",,\r\n2,War,x,none.png\r\n\r\n3,,,\r\n4,"a, b",,\r\n5,Peace\r\n6,"open',
  );
  const [plain, joined] = [join(lab.root, "plain.csv"), join(lab.root, "joined.csv")];
  const shards = ["--shards", join(lab.root, "few"), "--shard-rows", "2", "--merge"];
  const [, said] = await Promise.all([
    succeed("--input", input, "--missing-poster", "use-rest", "--output", plain),
    succeed("--input", input, "--missing-poster", "use-rest", ...shards, "--output", joined),
  ]);
  assert.match(said, /"note" is not one of id, title, .* and is ignored/);
  assert.match(
    said,
    /joined\.csv, 1 of them without a file that is missing or broken; 3 rejected, see /,
  );
  assert.equal(await readFile(joined, "utf8"), await readFile(plain, "utf8"));
  const rejects = await readFile(`${plain}.rejects`, "utf8");
  assert.equal(rejects.split("\n").length - 1, 3);
  assert.equal(await readFile(`${joined}.rejects`, "utf8"), rejects);
});

test("what is damaged or missing in the storage is scored again", async () => {
  const input = join(lab.root, "kept.csv");
  await writeFile(input, "id,title,year\n1,War,\n2,Love,x\n3,Peace,\n");
  const [folder, storage] = [join(lab.root, "kept"), join(lab.root, "kept-storage")];
  const batch = () =>
    runSharded({
      ...{ model: lab.model, precision: "fp32", input, folders: {}, folder, storage },
      ...{ format: "jsonl", rowsPerShard: 1, workers: 1, overwrite: true },
      signal: new AbortController().signal,
    });
  assert.deepEqual((await batch()).failures, []);
  const before = await contents(folder);
  const filesOf = async (part: string) => {
    const found = await readdir(join(storage, part), { recursive: true, withFileTypes: true });
    return found.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
  };
  const names = await filesOf("names");
  const objects = await filesOf("contents");
  const damages = [
    () => Promise.all(objects.map((path) => writeFile(path, "damaged"))),
    () => Promise.all(objects.map((path) => rm(path))),
    () => writeFile(names[0]!, "no output"),
  ];
  for (const damage of damages) {
    await damage();
    assert.deepEqual((await batch()).failures, []);
    assert.deepEqual(await contents(folder), before);
  }
});

test("neither parts nor joined answers replace what is read, whatever is to be overwritten", async () => {
  const rows = '{"id":1,"title":"War"}\n{"id":2,"title":"Love"}\n';
  const input = join(lab.root, "precious.jsonl");
  const folder = join(lab.root, "apart");
  await writeFile(input, rows);
  await symlink(input, join(lab.root, "link.jsonl"));
  const batch = (from: string) =>
    runSharded({
      ...{ model: lab.model, precision: "fp32", input: from, folders: {}, folder },
      ...{ format: "jsonl", rowsPerShard: 1, workers: 1, overwrite: from !== input },
      signal: new AbortController().signal,
    });
  await batch(input);
  const before = await contents(folder);
  const into = (output: string, rejects: string) =>
    mergeShards({ folder, output, rejects, overwrite: true });
  const other = join(lab.root, "other.jsonl");
  const part = join(folder, "part-000001.jsonl");
  const cases: [merge: () => Promise<unknown>, message: RegExp][] = [
    [
      () => into(join(lab.root, "link.jsonl"), other),
      /^InputError: --output: \S+link\.jsonl is read as/,
    ],
    [() => into(other, input), /^InputError: --rejects: \S+precious\.jsonl is read as input; name/],
    [
      () => into(part, other),
      /^InputError: --output: \S+part-000001\.jsonl is read as input; name/,
    ],
    [
      () => into(other, join(folder, "manifest.json")),
      /--rejects: \S+manifest\.json is read as input/,
    ],
    [
      () => batch(folder),
      /--shards: \S+apart has \S+part-000000\.jsonl, which is read as input, under/,
    ],
  ];
  for (const [merge, message] of cases) await assert.rejects(merge, message);
  const shards = ["--shards", join(lab.root, "unscored"), "--merge", "--overwrite"];
  const { code, stderr } = await predict("--input", input, ...shards, "--output", input).finished;
  assert.match(
    stderr,
    /^error: --output: \S+precious\.jsonl is read as input; name another file$/m,
  );
  assert.equal(code, 2);
  assert.ok(!existsSync(join(lab.root, "unscored")));
  assert.equal(await readFile(input, "utf8"), rows);
  assert.deepEqual(await contents(folder), before);
});

test("errors name wrong options and unusable files", async () => {
  const input = join(lab.root, "wrong.csv");
  await writeFile(input, "titel\nWar\n");
  const folder = join(lab.root, "none");
  const cases: [args: string[], message: RegExp][] = [
    [["--input", input, "--output", "x", "--workers", "2"], /--workers: needs --shards/],
    [
      ["--shards", folder, "--input", input, "--format", "csv", "--top", "1"],
      /^error: --top: is not for CSV/m,
    ],
    [
      ["--shards", folder, "--input", input],
      /^error: --input: \S+ the column "titel" is not known; did you mean "title"\?/m,
    ],
  ];
  await assert.rejects(
    mergeShards({ folder, output: "x", rejects: "y", overwrite: false }),
    /^InputError: --shards: .*: the batch is not finished/,
  );
  const output = join(lab.root, "no.jsonl");
  await assert.rejects(
    checkMergeOutputs({ output, rejects: input, inputs: [], overwrite: false }),
    /^InputError: --rejects: \S+wrong\.csv exists already; /,
  );
  const ends = await Promise.all(cases.map(([args]) => predict(...args).finished));
  for (const [i, { code, stderr }] of ends.entries()) {
    assert.match(stderr, cases[i]![1]);
    assert.equal(code, 2, stderr);
  }
});

/** Waits until so many shards are done. */
async function partsOf(folder: string, count: number): Promise<void> {
  await until(
    async () => {
      const names = await readdir(folder).catch(() => []);
      return names.filter((name) => /^part-\d+\.jsonl$/.test(name)).length >= count;
    },
    { name: `${count} shards are done` },
  );
}

/** One of the processes that a process has started. */
async function workerOf(pid: number): Promise<number> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
  const [first] = children.trim().split(" ").map(Number);
  assert.ok(first, "no worker is running");
  return first;
}
