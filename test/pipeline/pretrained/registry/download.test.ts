/** Downloads: whole, interrupted, and of other files than expected. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { sha256 } from "../../../../node/files.ts";
import { download } from "../../../../pipeline/pretrained/registry/download.ts";
import { folder } from "../../dataset/folder.ts";
import { startServer } from "./server.ts";

const CONTENT = "0123456789".repeat(1000);
const SUM = sha256(CONTENT);

/** Serves CONTENT, and ranges of it if asked to; notes what was asked for. */
function fileServer(ranges: boolean, asked: (string | undefined)[]) {
  return (
    request: import("node:http").IncomingMessage,
    response: import("node:http").ServerResponse,
  ) => {
    asked.push(request.headers.range);
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    if (!ranges || start === 0) return void response.end(CONTENT);
    if (start >= CONTENT.length) return void response.writeHead(416).end();
    response.writeHead(206).end(CONTENT.slice(start));
  };
}

test("a whole file is not fetched again, the beginning of one is gone on from", async (t) => {
  const asked: (string | undefined)[] = [];
  const url = await startServer(t, fileServer(true, asked));
  const dir = await folder(t, { part: CONTENT.slice(0, 4321) });
  const path = join(dir, "part");
  await download(url, path, SUM);
  assert.equal(await readFile(path, "utf8"), CONTENT);
  await download(url, path, SUM);
  assert.deepEqual(asked, ["bytes=4321-"]);
});

test("after a connection that breaks, the next run completes the file", async (t) => {
  let broken = false;
  const url = await startServer(t, (request, response) => {
    if (broken) return fileServer(true, [])(request, response);
    broken = true;
    response.writeHead(200, { "content-length": CONTENT.length });
    response.write(CONTENT.slice(0, 5000), () => response.destroy());
  });
  const path = join(await folder(t, {}), "new");
  await assert.rejects(download(url, path, SUM), /: \S.*; run the command again, and it goes on/);
  assert.ok(CONTENT.startsWith(await readFile(path, "utf8")));
  await download(url, path, SUM);
  assert.equal(await readFile(path, "utf8"), CONTENT);
});

test("what is no beginning of the file is fetched from the start", async (t) => {
  for (const rest of [CONTENT.slice(0, 99).replace("0", "x"), `${CONTENT}more`]) {
    const url = await startServer(t, fileServer(true, []));
    const path = join(await folder(t, { part: rest }), "part");
    await download(url, path, SUM);
    assert.equal(await readFile(path, "utf8"), CONTENT);
  }
});

test("a server that knows no ranges sends the whole file", async (t) => {
  const url = await startServer(t, fileServer(false, []));
  const path = join(await folder(t, { part: CONTENT.slice(0, 99) }), "part");
  await download(url, path, SUM);
  assert.equal(await readFile(path, "utf8"), CONTENT);
});

test("another file than expected is named and removed", async (t) => {
  const url = await startServer(t, (_, response) => void response.end("other"));
  const path = join(await folder(t, {}), "new");
  await assert.rejects(download(url.replace("//", "//user:secret@"), path, SUM), (error: Error) => {
    assert.match(error.message, /has 5 bytes with the SHA-256 d9298a\w+, expected \w+; check/);
    assert.ok(!error.message.includes("secret"));
    return true;
  });
  assert.ok(!existsSync(path));
});

test("errors of the server and of the network say what they are", async (t) => {
  const url = await startServer(t, (_, response) => void response.writeHead(404).end());
  const path = join(await folder(t, {}), "new");
  await assert.rejects(
    download(url, path, SUM),
    /^Error: http\S+: 404 Not Found; check the registry$/,
  );
  // Port 9 of this machine has no server.
  await assert.rejects(
    download("http://127.0.0.1:9/x", path, SUM),
    /^Error: http\S+: .*(9|bad port)/,
  );
});
