/** A storage in S3: what a folder does, on a server that speaks the protocol. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { sha256 } from "../../../node/files.ts";
import { openStorage } from "../../../node/storage/open.ts";
import type { Storage } from "../../../node/storage/storage.ts";
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

test("a content is kept under its SHA-256, and refused where it is damaged", { skip }, async () => {
  const content = Buffer.from("logits");
  const digests = await Promise.all(Array.from({ length: 5 }, () => storage.put(content)));
  assert.deepEqual(new Set(digests), new Set([sha256(content)]));
  assert.deepEqual(Buffer.from(await storage.get(digests[0]!)), content);
  const digest = sha256("weights");
  await assert.rejects(storage.get(digest), /missing; do all machines have the same/);
  const s3 = new S3Client({ region: "us-east-1", forcePathStyle: true });
  const Key = `a/b/contents/${digest.slice(0, 2)}/${digest}`;
  await s3.send(new PutObjectCommand({ Bucket: server.bucket, Key, Body: "weihgts" }));
  s3.destroy();
  await assert.rejects(storage.get(digest), /damaged: its content does not match/);
});

test("of several writers the first names, and all are told what it named", { skip }, async () => {
  assert.equal(await storage.named("outputs/one"), undefined);
  const writers = Array.from({ length: 8 }, (_, i) => `writer ${i}`);
  const named = await Promise.all(writers.map((text) => storage.name("outputs/one", text)));
  assert.equal(new Set(named).size, 1);
  assert.ok(writers.includes(named[0]!));
  assert.equal(await storage.named("outputs/one"), named[0]);
  await assert.rejects(storage.named("../x"), /cannot name anything/);
});

test("errors name the object, and what is wrong with the address", { skip }, async () => {
  const other = openStorage("s3://nobody-made-this");
  await assert.rejects(
    other.put(Buffer.from("x")),
    /s3:\/\/nobody-made-this\/contents\/.* cannot be used \(NoSuchBucket: /,
  );
  assert.throws(() => openStorage("s3:///x"), /names no bucket; write s3:\/\/BUCKET\/PREFIX/);
});
