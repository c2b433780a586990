/** A storage in S3: what a folder does, on a server that speaks the protocol. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { openStorage } from "../../../node/storage/open.ts";
import type { Storage } from "../../../node/storage/storage.ts";
import { testStorage } from "./behaviour.ts";
import { noS3, startS3, type TestS3 } from "./s3Server.ts";

let server: TestS3;
let storage: Storage;
before(async () => {
  if (noS3) return;
  server = await startS3();
  Object.assign(process.env, server.environment);
  storage = openStorage(`s3://${server.bucket}/a/b/`);
});
after(() => server?.remove());

const skip = noS3;

testStorage(
  () => storage,
  async (digest) => {
    const s3 = new S3Client({ region: "us-east-1", forcePathStyle: true });
    const Key = `a/b/contents/${digest.slice(0, 2)}/${digest}`;
    await s3.send(new PutObjectCommand({ Bucket: server.bucket, Key, Body: "other bytes" }));
    s3.destroy();
  },
  skip,
);

test("another machine goes on with what is in a scratch folder", { skip }, async () => {
  const here = storage.scratch("checkpoints/one");
  const write = async (name: string, text: string) => {
    await mkdir(join(here.folder, name, ".."), { recursive: true });
    await writeFile(join(here.folder, name), text);
  };
  const objects = async () => {
    const s3 = new S3Client({ region: "us-east-1", forcePathStyle: true });
    const Prefix = "a/b/scratch/checkpoints/one/";
    const { Contents = [] } = await s3.send(
      new ListObjectsV2Command({ Bucket: server.bucket, Prefix }),
    );
    s3.destroy();
    return Contents.map(({ Key }) => Key!.slice(Prefix.length));
  };
  await here.remove();
  await here.pull();
  await write("title-0001.safetensors", "one");
  await write("logs/history.jsonl", "1\n");
  await write(".title-0002.tmp", "half");
  await here.push();
  assert.deepEqual(await objects(), ["logs/history.jsonl", "title-0001.safetensors"]);
  await rm(join(here.folder, "title-0001.safetensors"));
  await write("title-0002.safetensors", "two");
  await write("logs/history.jsonl", "1\n2\n");
  await here.push();
  assert.deepEqual(await objects(), ["logs/history.jsonl", "title-0002.safetensors"]);

  // Another machine has a folder of its own, empty or with an earlier log.
  await rm(here.folder, { recursive: true });
  await write("logs/history.jsonl", "1\n");
  const there = storage.scratch("checkpoints/one");
  await there.pull();
  assert.equal(await readFile(join(there.folder, "title-0002.safetensors"), "utf8"), "two");
  assert.equal(await readFile(join(there.folder, "logs/history.jsonl"), "utf8"), "1\n2\n");
  // One that comes back from a pause removes nothing that it has not seen.
  await write("title-0003.safetensors", "three");
  await there.leave();
  assert.ok(!existsSync(there.folder));
  await here.push();
  assert.deepEqual(await objects(), ["title-0003.safetensors"]);
  await there.remove();
  assert.deepEqual(await objects(), []);
});

test("errors name the object, and what is wrong with the address", { skip }, async () => {
  const other = openStorage("s3://nobody-made-this");
  await assert.rejects(
    other.put(Buffer.from("x")),
    /s3:\/\/nobody-made-this\/contents\/.* cannot be used \(NoSuchBucket: /,
  );
  assert.throws(() => openStorage("s3:///x"), /names no bucket; write s3:\/\/BUCKET\/PREFIX/);
});
