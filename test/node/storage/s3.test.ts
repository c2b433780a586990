/** A storage in S3: what a folder does, on a server that speaks the protocol. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
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

test("errors name the object, and what is wrong with the address", { skip }, async () => {
  const other = openStorage("s3://nobody-made-this");
  await assert.rejects(
    other.put(Buffer.from("x")),
    /s3:\/\/nobody-made-this\/contents\/.* cannot be used \(NoSuchBucket: /,
  );
  assert.throws(() => openStorage("s3:///x"), /names no bucket; write s3:\/\/BUCKET\/PREFIX/);
});
