/** The client that openapi-typescript makes of a real server's /openapi.json: its types hold, and its calls are answered. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, symlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import sharp from "sharp";
import { tsImport } from "tsx/esm/api";
import type { Server } from "../../serve/server.ts";
import { LABELS } from "../pipeline/sampleMovies.ts";
import { createLab, type Lab, post } from "./server.ts";

const run = promisify(execFile);
const PACKAGE = "test/serve/client";
/** The package has a TypeScript of its own, which the generator is written with. */
const GENERATOR = resolve(PACKAGE, "node_modules/.bin/openapi-typescript");
const COMPILER = resolve("node_modules/.bin/tsc");

/** Its own types are those that the generator makes. */
interface Program {
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into field by field
  callAll(baseUrl: string, poster: Uint8Array): Promise<any>;
}

let lab: Lab;
let server: Server;
/** The user's project. */
let folder: string;

before(async () => {
  lab = await createLab();
  server = await lab.serve();
  folder = join(lab.root, "client");
  for (const name of ["package.json", "tsconfig.json", "program.ts", "mistakes.ts"]) {
    await cp(join(PACKAGE, name), join(folder, name));
  }
  await symlink(resolve("node_modules"), join(folder, "node_modules"));
  await run(GENERATOR, [`${server.url}/openapi.json`, "-o", "marquee.d.ts"], { cwd: folder });
});
after(() => lab.close());

test("right calls compile, and wrong ones do not", async () => {
  const { stdout } = await run(COMPILER, ["-p", folder]).catch((error) => error);
  assert.equal(stdout, "");
});

test("the client has the server's answers and problems", async () => {
  const create = { width: 16, height: 20, channels: 3 as const, background: "#c03010" };
  const poster = Uint8Array.from(await sharp({ create }).jpeg().toBuffer());
  const program = pathToFileURL(join(folder, "program.ts")).href;
  const { callAll } = (await tsImport(program, import.meta.url)) as Program;
  const given = await callAll(server.url, poster);

  const predict = async (body: unknown) => (await post(`${server.url}/v1/predict`, body)).json;
  const movie = { title: "War hunter (1962)", ratings: [{ user: "u1", stars: 5 }], topK: 2 };
  assert.deepEqual(given.scores, (await predict(movie)).scores);
  assert.equal(given.scores.length, 2);
  const list = [{ title: "War" }, { title: "Love", year: 1999, explain: true }];
  assert.deepEqual(given.predictions, (await predict(list)).predictions);
  assert.ok(given.predictions[1].explanation.inputs.title.weight > 0);
  const base64 = Buffer.from(poster).toString("base64");
  const withPoster = await predict({ title: "War", topK: 1, poster: base64 });
  assert.deepEqual(given.formScores, withPoster.scores);

  assert.equal(given.status, 422);
  assert.deepEqual(given.problem, ["year"]);
  assert.deepEqual(given.labels, LABELS);
  assert.deepEqual(given.inputs[0], { name: "title_tokens", dimensions: 3 });
  assert.match(given.missing, /none/);
});
