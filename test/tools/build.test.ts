/** What `npm run build` makes runs with production packages alone: no tsx, no esbuild. */

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

import { after, before, test } from "node:test";
import { promisify } from "node:util";
import sharp from "sharp";
import { openBundle } from "../../node/bundle.ts";
import { createWorkspace, SHORT } from "../pipeline/run/tinyRun.ts";
import { V8_FLAGS } from "../v8Flags.ts";
import { listening } from "./listening.ts";

const MODEL = resolve("models/ml1m");
const run = promisify(execFile);
const node = (argv: readonly string[], cwd = ".") =>
  run(process.execPath, [...V8_FLAGS, ...argv], { cwd });
let root: string;
let app: string;

before(async () => {
  root = await mkdtemp(join(tmpdir(), "marquee-build-"));
  app = join(root, "app");
  await node(["--import", "tsx", "tools/build.ts", "--out", app]);
  await linkProductionPackages();
});
after(() => rm(root, { recursive: true, force: true }));

/** As `npm ci --omit=dev` would leave node_modules, without its minutes. */
async function linkProductionPackages(): Promise<void> {
  const { packages } = JSON.parse(await readFile("package-lock.json", "utf8")) as {
    packages: Record<string, { dev?: boolean }>;
  };
  for (const [path, { dev }] of Object.entries(packages)) {
    if (!/^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) || dev || !existsSync(path)) continue;
    await mkdir(dirname(join(app, path)), { recursive: true });
    await symlink(resolve(path), join(app, path));
  }
}

const SERVER = ["--model", MODEL, "--port", "0", "--provider", "cpu", "--drain-seconds", "0"];

test("nothing of development can be loaded from there", () => {
  const { resolve } = createRequire(join(app, "package.json"));
  for (const name of ["tsx", "esbuild", "typescript", "@fastify/swagger-ui"]) {
    assert.throws(() => resolve(name), /Cannot find module/, name);
  }
  assert.ok(resolve("express"));
});

test("the built server and command answer as the sources do, AVIF from its own thread; SIGTERM ends it", async (t) => {
  const poster = join(root, "poster.avif");
  const picture = { width: 48, height: 64, channels: 3, background: "#a33" } as const;
  await writeFile(poster, await sharp({ create: picture }).avif().toBuffer());
  const title = "The Lantern of Doom (1987)";
  const predict = [...["--model", MODEL, "--title", title, "--poster", poster], "--json"];
  const source = await node(["--import", "tsx", "serve/predict.ts", ...predict]);
  const built = await node(["serve/predict.js", ...predict], app);
  assert.equal(built.stdout, source.stdout);

  const child = spawn(process.execPath, ["serve/main.js", ...SERVER], {
    cwd: app,
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  const url = await listening(child);
  const ended = once(child, "exit");
  const response = await fetch(`${url}/v1/predict`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ title, poster: await readFile(poster, "base64"), topK: 5 }),
  });
  const { scores } = (await response.json()) as { scores: { probability: number }[] };
  const expected = (JSON.parse(source.stdout) as { scores: { probability: number }[] }).scores;
  assert.equal(scores.length, 5);
  for (const [i, { probability }] of scores.entries()) {
    assert.ok(Math.abs(probability - expected[i]!.probability) < 1e-6);
  }
  const api = (await (await fetch(`${url}/openapi.json`)).json()) as { info: { version: string } };
  for (const file of ["", "swagger-ui-bundle.js", "swagger-ui.css", "swagger-initializer.js"]) {
    assert.equal((await fetch(`${url}/docs/${file}`)).status, 200, file);
  }
  const { version } = JSON.parse(await readFile("package.json", "utf8"));
  assert.equal(api.info.version, version);
  child.kill("SIGTERM");
  assert.deepEqual(await ended, [0, null]);
});

test("the built pipeline trains folds in processes of their own, to the bits of the sources", async (t) => {
  const workspace = await createWorkspace(60);
  t.after(() => workspace.remove());
  const args = (out: string, workers: string) => [
    ...[...SHORT, "--data", workspace.data, "--out", join(root, out), "--folds", "2"],
    ...["--cache", join(root, "cache"), "--fold-workers", workers],
  ];
  await node(["pipeline/main.js", ...args("built", "2")], app);
  await node(["--import", "tsx", "pipeline/main.ts", ...args("source", "1")]);
  const [built, source] = await Promise.all(
    ["built", "source"].map((name) => openBundle(join(root, name))),
  );
  const sum = ({ manifest }: typeof built & {}) => manifest.files["model.onnx"]!.sha256;
  assert.equal(sum(built!), sum(source!));
});

test("a folder that is not an earlier build is not replaced", async () => {
  const folder = join(root, "precious");
  await mkdir(folder);
  await writeFile(join(folder, "package.json"), '{ "name": "precious" }');
  const build = node(["--import", "tsx", "tools/build.ts", "--out", folder]);
  await assert.rejects(build, /precious exists and is not an earlier build/);
  assert.ok(existsSync(join(folder, "package.json")));
});
