/** Connections to Redis: with a password and TLS, and what is said where they cannot be made. */

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { sha256 } from "../../../node/files.ts";
import { openClient } from "../../../node/jobs/queue/client.ts";
import { connectRedis } from "../../../node/jobs/queue/connect.ts";
import { startWorker } from "../../../node/jobs/queue/worker.ts";
import { without } from "../../needs/needs.ts";
import { freePort } from "../freePort.ts";
import { type Certificates, makeCertificates } from "./certificates.ts";
import { startProxy } from "./proxy.ts";
import { startRedis, type TestRedis } from "./redis.ts";

const skip = without("redis", "openssl");
const PASSWORD = "secret";

let redis: TestRedis;
/** Address of the same Redis with TLS. */
let tls: string;
/** The first has signed the server's certificate, the other has not. */
let one: Certificates;
let two: Certificates;
before(async () => {
  if (skip) return;
  // The server starts in a folder of its own, with files that have to be there before.
  redis = await startRedis("--requirepass", PASSWORD);
  [one, two] = ["one", "two"].map((name) => makeCertificates(redis.root, name)) as [
    Certificates,
    Certificates,
  ];
  await redis.kill();
  const port = await freePort();
  tls = `rediss://127.0.0.1:${port}`;
  await redis.start(
    ...["--tls-port", String(port), "--tls-cert-file", one.certificate, "--tls-key-file", one.key],
    ...["--tls-ca-cert-file", one.ca, "--tls-auth-clients", "no"],
  );
});
after(() => redis?.remove());

function connect(url: string, environment: Readonly<Record<string, string>>) {
  return connectRedis({ url, environment, onNotice() {} });
}

test("a queue works through TLS, with a certificate that a private authority has signed", {
  skip,
}, async () => {
  const connection = await connect(tls, { REDIS_PASSWORD: PASSWORD, REDIS_CA: one.ca });
  const queue = "secret";
  const { stop } = startWorker({
    ...{ queue, connection, machine: "m", slots: 1, lockMs: 5000, onNotice() {} },
    work: async ({ data }) => data,
  });
  const client = await openClient({ queue, connection, onNote() {} });
  assert.equal(await client.run({ key: sha256("x"), name: "x", data: 7 }), 7);
  await client.close();
  await stop();
  connection.disconnect();
});

test("a connection that says nothing any more is made anew", { skip }, async () => {
  const proxy = await startProxy(redis.url);
  const notices: string[] = [];
  const connection = await connectRedis({
    ...{ url: proxy.url, environment: { REDIS_PASSWORD: PASSWORD }, silentMs: 300 },
    onNotice: (text) => notices.push(text),
  });
  assert.equal(await connection.ping(), "PONG");
  proxy.freeze();
  assert.equal(await connection.ping(), "PONG");
  assert.match(
    notices.join("\n"),
    /is lost \(Socket timeout.*; trying again\nconnected to .* again$/,
  );
  connection.disconnect();
  proxy.close();
});

test("what is wrong is said in a sentence, with what to do", { skip }, async () => {
  const good = { REDIS_PASSWORD: PASSWORD, REDIS_CA: one.ca };
  const nonsense = join(redis.root, "nonsense.pem");
  await writeFile(nonsense, "nonsense");
  const plain = redis.url;
  const { REDIS_CA: _, ...password } = good;
  const cases: [url: string, environment: Record<string, string>, message: RegExp][] = [
    [tls, { ...good, REDIS_CA: two.ca }, /self-signed certificate in .*; set REDIS_CA to the file/],
    [tls, password, /self-signed certificate in .*; set REDIS_CA to the file/],
    [tls, { ...good, REDIS_PASSWORD: "wrong" }, /WRONGPASS .*; set REDIS_PASSWORD in the env/],
    [plain, {}, /NOAUTH .*; set REDIS_PASSWORD in the env/],
    [
      tls.replace("127.0.0.1", "localhost"),
      good,
      /does not match certificate's altnames.*; use the host name in the server's certificate/,
    ],
    [tls.replace("rediss:", "redis:"), password, /If it requires TLS, use rediss:\/\//],
    [plain, good, /REDIS_CA is for TLS: use rediss:\/\/ instead of redis:\/\//],
    [tls, { ...good, REDIS_CA: "none.pem" }, /REDIS_CA: none\.pem does not exist$/],
    [tls, { ...good, REDIS_CA: nonsense }, /nonsense\.pem is not a PEM certificate/],
  ];
  for (const [url, environment, message] of cases) {
    await assert.rejects(connect(url, environment), message);
  }
  const free = await freePort();
  await assert.rejects(
    connect(`redis://127.0.0.1:${free}`, {}),
    /ECONNREFUSED.*; is Redis running there, and reachable from here\?/,
  );
});
