/** `npm run web`, as a process: its help, its options, and the pages with the bundle that it serves. */

import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { publishBundle } from "../../../pipeline/publish/publish.ts";
import { parseManifest } from "../../../predictor/manifest.ts";
import { startOf } from "../../builtProgram.ts";
import { sampleManifest } from "../../predictor/sampleManifest.ts";

const start = (...args: string[]) =>
  spawn(process.execPath, [...startOf("web/build/dev.ts"), ...args], {
    env: { ...process.env, DEBUG: "", NO_COLOR: "1" },
  });

/** For commands that end by themselves: a server would keep the process alive, and the test waiting. */
async function ended(child: ChildProcessWithoutNullStreams) {
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "exit"),
  ]);
  return { stdout, stderr, code: code as number };
}

/** Goes on reading what the server prints: it ends when nobody does. */
function printedUrl({ stdout, stderr }: ChildProcessWithoutNullStreams): Promise<string> {
  stderr.resume();
  let printed = "";
  return new Promise((resolve, reject) => {
    stdout.on("data", (chunk) => {
      printed += chunk;
      const [url] = /http:\/\/127\.0\.0\.1:\d+\//.exec(printed) ?? [];
      if (url) resolve(url);
    });
    stdout.on("end", () => reject(new Error(`the server ended after "${printed}"`)));
  });
}

test("--help names the options, starts no server and ends", async () => {
  const { stdout, stderr, code } = await ended(start("--help", "--model", "no/such"));
  assert.equal(code, 0, stderr);
  for (const option of ["--model", "--host", "--port"]) assert.ok(stdout.includes(option), option);
  assert.doesNotMatch(stdout, /http:/);
});

for (const [args, message] of [
  [["--port", "99999"], /port/],
  [["--prot", "5000"], /--port/],
  [["--model", "no/such"], /no\/such is not a bundle/],
] as const) {
  test(`${args.join(" ")} is refused, and no server is started`, async () => {
    const { stdout, stderr, code } = await ended(start(...args));
    assert.notEqual(code, 0);
    assert.match(stderr, message);
    assert.doesNotMatch(stdout, /http:/);
  });
}

test("the page and the bundle of --model are served where --host and --port say", async (t) => {
  const root = await mkdtemp(join(tmpdir(), "marquee-dev-"));
  t.after(() => rm(root, { recursive: true, force: true }));
  const model = join(root, "bundle");
  const { files: _, ...manifest } = sampleManifest();
  await publishBundle(model, manifest, { "model.onnx": "fp32", "README.md": "card" });
  const child = start("--model", model, "--host", "127.0.0.1", "--port", "5199");
  t.after(async () => {
    child.kill();
    await once(child, "exit");
  });
  const url = await printedUrl(child);
  // Or a free one after it.
  const port = Number(new URL(url).port);
  assert.ok(port >= 5199 && port < 5299, url);
  const page = await fetch(url);
  assert.equal(page.headers.get("cross-origin-embedder-policy"), "require-corp", "for threads");
  assert.match(await page.text(), /<title[^>]*>Marquee/);
  const served = await (await fetch(new URL("model/manifest.json", url))).text();
  assert.equal(parseManifest(served).name, "sample");
  assert.equal(await (await fetch(new URL("model/model.onnx", url))).text(), "fp32");
  await rm(model, { recursive: true });
  assert.equal((await fetch(new URL("model/manifest.json", url))).status, 500);
});
