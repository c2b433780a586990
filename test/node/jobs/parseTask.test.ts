/** Tasks as they come from a queue: anybody who reaches it can put anything there. */

import assert from "node:assert/strict";
import { test } from "node:test";
import * as z from "zod";
import { sha256 } from "../../../node/files.ts";
import { parseTask } from "../../../node/jobs/queue/parseTask.ts";
import { noteSchema } from "../../../node/jobs/queue/queue.ts";
import { PermanentError } from "../../../node/jobs/queue/worker.ts";
import { keyOf, payloadSchema } from "../../../pipeline/jobs/job.ts";
import { keyOf as keyOfShard, shardJobSchema } from "../../../serve/batch/shards/job.ts";

const schema = z.strictObject({ fold: z.int(), data: z.strictObject({ seed: z.int() }) });
const payload = { fold: 1, data: { seed: 7 } };
const keyOfPayload = (given: unknown) => sha256(JSON.stringify(given));
const parse = (data: unknown, key = keyOfPayload(data)) =>
  parseTask({ data, key }, "job", schema, keyOfPayload);

function assertRefused(work: () => unknown, message: RegExp): void {
  assert.throws(
    work,
    (error: Error) => error instanceof PermanentError && message.test(error.message),
  );
}

test("what is of the schema is given on; anything else is never tried again", () => {
  assert.deepEqual(parse(payload), payload);
  const wrong: [data: unknown, message: RegExp][] = [
    [null, /^not a job: the payload: /],
    [{ ...payload, fold: "1" }, /^not a job: fold: /],
    [{ ...payload, data: { seed: 0.5 } }, /^not a job: data\.seed: /],
    [{ ...payload, command: "rm" }, /^not a job: the payload: /],
  ];
  for (const [data, message] of wrong) assertRefused(() => parse(data), message);
  assertRefused(() => parse(payload, sha256("another")), /^not a job: its id is not its key$/);
});

test("a job cannot ask for more folds than there can be", () => {
  const data = { tables: sha256("t"), posters: sha256("p"), files: {} };
  const identityOf = (folds: unknown) => ({ format: 1, options: { folds }, data, versions: {} });
  const parseJob = (job: unknown) =>
    parseTask({ data: { job, log: false }, key: "" }, "job", payloadSchema, (p) => keyOf(p.job));
  for (const folds of [1e9, -1, 1.5, "2", undefined]) {
    const job = { kind: "trial", identity: identityOf(folds) };
    assertRefused(
      () => parseJob(job),
      /^not a job: job\.identity\.options\.folds: must be a whole/,
    );
  }
  const beyond = { kind: "fold", fold: 2, identity: identityOf(2) };
  assertRefused(() => parseJob(beyond), /^not a job: job\.fold: must be less than the number of/);
});

test("what workers say reaches no terminal with control characters", () => {
  const note = { machine: "\u001b[2Ja", text: "line\nline\u0007" };
  assert.deepEqual(noteSchema.parse(note), { machine: " [2Ja", text: "line line " });
});

test("trainings and shards name what is wrong with them", () => {
  const job = { kind: "fold", fold: -1, identity: {} };
  assertRefused(
    () =>
      parseTask({ data: { job, log: false }, key: "" }, "job", payloadSchema, (p) => keyOf(p.job)),
    /^not a job: job\.fold: /,
  );
  const rows = { kind: "csv", content: "../../etc/passwd", firstLine: 1 };
  const scoring = { model: "0123456789ab", precision: "fp32", runtime: "1", format: "csv" };
  const shard = { kind: "shard", scoring: { ...scoring, allowEmpty: false, folders: {} }, rows };
  assertRefused(
    () => parseTask({ data: shard, key: "" }, "shard", shardJobSchema, keyOfShard),
    /^not a shard: rows\.content: must be a SHA-256 in hexadecimal$/,
  );
});
