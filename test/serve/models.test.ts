/** Several models: which of them answers, how many are in memory, and what comes and goes in their folder. */

import assert from "node:assert/strict";
import { cp, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { versionOf } from "../../node/bundle.ts";
import { parseManifest } from "../../predictor/manifest.ts";
import type { Server } from "../../serve/server.ts";
import { until } from "../until.ts";
import { metric } from "./halfBody.ts";
import { createLab, type Lab, post, publishTiny } from "./server.ts";

let lab: Lab;
/** Bundles to copy from, and the versions that they answer with. */
let first: string;
let second: string;
let versions: readonly [string, string];
before(async () => {
  lab = await createLab();
  first = lab.model;
  second = join(lab.root, "second");
  await publishTiny(second, 2);
  versions = [await versionIn(first), await versionIn(second)];
});
after(() => lab.close());

async function versionIn(path: string): Promise<string> {
  return versionOf(parseManifest(await readFile(join(path, "manifest.json"), "utf8")));
}

let folders = 0;
/** A folder with copies of bundles, by their places in it. */
async function folderOf(bundles: Readonly<Record<string, string>>): Promise<string> {
  const root = join(lab.root, `folder${folders++}`);
  await mkdir(root);
  for (const [place, bundle] of Object.entries(bundles)) {
    await cp(bundle, join(root, place), { recursive: true });
  }
  return root;
}

/** A server of several models. */
function serve(models: string, settings: Parameters<Lab["serve"]>[0] = {}): Promise<Server> {
  return lab.serve({ model: undefined, models, ...settings });
}

async function listed(url: string) {
  const { models, notServed } = (await (await fetch(`${url}/v1/models`)).json()) as {
    models: {
      name: string;
      versions: {
        version: string;
        folder?: string;
        state: string;
        share: number;
        reason?: string;
      }[];
    }[];
    notServed: { folder: string; reason: string }[];
  };
  const rows = models.flatMap(({ name, versions }) =>
    versions.map((version): [string, (typeof versions)[number]] => [
      version.folder === undefined ? name : `${name}/${version.folder}`,
      version,
    ]),
  );
  return { versions: Object.fromEntries(rows), notServed };
}

const movie = { title: "war cat", year: 1962 };
const answeredBy = async (url: string, headers: Record<string, string> = {}) => {
  const { status, json } = await post(url, movie, headers);
  return status === 200 ? (json.model as { name: string; version: string }) : status;
};

test("models answer under their folders' names, versions under their folders' and their own", async () => {
  const models = await folderOf({ solo: first, multi: first });
  await rename(join(models, "multi"), join(models, "aside"));
  await mkdir(join(models, "multi"));
  await rename(join(models, "aside"), join(models, "multi/9"));
  await cp(second, join(models, "multi/10"), { recursive: true });
  await mkdir(join(models, "empty"));
  await mkdir(join(models, "unreadable"));
  await writeFile(join(models, "unreadable/manifest.json"), "{");
  await cp(first, join(models, "both"), { recursive: true });
  await cp(first, join(models, "both/1"), { recursive: true });
  await cp(first, join(models, "stats"), { recursive: true });
  const { url } = await serve(models, { defaultModel: "solo" });

  const [old, newest] = versions;
  for (const [path, name, version] of [
    ["predict", "solo", old],
    ["models/solo/predict", "solo", old],
    ["models/multi/predict", "multi", newest],
    ["models/multi/versions/9/predict", "multi", old],
    ["models/multi/versions/10/predict", "multi", newest],
    [`models/multi/versions/${old}/predict`, "multi", old],
  ] as const) {
    const model = { name, version, synthetic: true };
    assert.deepEqual(await answeredBy(`${url}/v1/${path}`), model, path);
  }
  const get = async (path: string) =>
    (await (await fetch(url + path)).json()) as { model: { version: string }; versions: string[] };
  assert.equal((await get("/v1/models/multi")).model.version, newest);
  assert.equal((await get("/v1/models/multi/versions/9/labels")).model.version, old);
  assert.deepEqual((await get("/v2/models/multi")).versions, ["10", "9"]);
  assert.deepEqual((await get("/v2/models/multi/versions/9")).versions, ["9"]);

  // A document is of one model: its names in paths, and its own items.
  const document = async (query: string) =>
    (await (await fetch(`${url}/openapi.json${query}`)).json()) as {
      info: { title: string; description: string };
      paths: Record<string, Record<string, { parameters: { name: string; schema: object }[] }>>;
    };
  const predictPath = "/v1/models/{name}/versions/{version}/predict";
  const { info, paths } = await document("?model=multi");
  assert.equal(info.title, "Marquee: multi");
  assert.match(info.description, /others for \[solo\]\(\/openapi\.json\?model=solo\)/);
  const parameters = paths[predictPath]!.post!.parameters.map(({ name, schema }) => [name, schema]);
  assert.deepEqual(parameters.slice(0, 2), [
    ["name", { type: "string", enum: ["multi"] }],
    ["version", { type: "string", enum: ["9", "10"] }],
  ]);
  assert.equal((await document("")).info.title, "Marquee: solo");
  assert.equal((await fetch(`${url}/openapi.json?model=none`)).status, 404);

  const missing = await post(`${url}/v1/models/none/predict`, movie);
  assert.deepEqual(
    [missing.status, missing.json.detail],
    [404, 'there is no model "none"; the models are multi, solo'],
  );
  const { json } = await post(`${url}/v1/models/multi/versions/11/predict`, movie);
  assert.equal(json.detail, 'there is no version "11" of multi; the versions are 10, 9');

  const { versions: served, notServed } = await listed(url);
  assert.deepEqual(
    Object.entries(served).map(([place, { state, share }]) => [place, state, share]),
    [
      ["multi/10", "loaded", 100],
      ["multi/9", "loaded", 0],
      ["solo", "loaded", 100],
    ],
  );
  const reasons = Object.fromEntries(notServed.map(({ folder, reason }) => [folder, reason]));
  assert.deepEqual(Object.keys(reasons).sort(), ["both", "empty", "stats", "unreadable"]);
  assert.match(reasons.both!, /^it is a bundle, and holds others \(1\)/);
  assert.match(reasons.empty!, /^it has no manifest\.json/);
  assert.match(reasons.unreadable!, /^unreadable\/manifest\.json is not JSON/);
  assert.equal(await metric(url, "marquee_broken_bundles"), 4);
});

test("the least recently used model leaves for another, but not while a request uses it", async () => {
  const models = await folderOf({ a: first, b: second, c: first });
  const { url, models: served } = await serve(models, { defaultModel: "a", maxLoadedModels: 2 });
  const states = async () =>
    Object.entries((await listed(url)).versions).map(([name, { state }]) => `${name} ${state}`);
  assert.deepEqual(await states(), ["a loaded", "b loaded", "c unloaded"]);
  const loads = () => metric(url, 'marquee_model_loads_total{outcome="loaded"}');
  assert.equal(await loads(), 2);

  // Many requests load it once; what was used last stays.
  await answeredBy(`${url}/v1/models/a/predict`);
  const all = await Promise.all(
    Array.from({ length: 8 }, () => answeredBy(`${url}/v1/models/c/predict`)),
  );
  assert.deepEqual(new Set(all.map((model) => (model as { name: string }).name)), new Set(["c"]));
  assert.equal(await loads(), 3);
  assert.deepEqual(await states(), ["a loaded", "b unloaded", "c loaded"]);

  // Both that are loaded are in use: another waits for the one that is free first.
  const hold = (name: string) => {
    let release = () => {};
    const done = served.use({ name }, () => new Promise<void>((resolve) => (release = resolve)));
    return { release: () => release(), done };
  };
  const [ofA, ofC] = [hold("a"), hold("c")];
  let isAnswered = false;
  const waiting = answeredBy(`${url}/v1/models/b/predict`).finally(() => {
    isAnswered = true;
  });
  await until(async () => (await states())[1] === "b loading");
  // Requests for what is loaded are not kept waiting by it.
  assert.equal((await fetch(`${url}/livez`)).status, 200);
  assert.equal(((await answeredBy(`${url}/v1/models/c/predict`)) as { name: string }).name, "c");
  assert.equal(isAnswered, false);
  ofA.release();
  await ofA.done;
  assert.equal(((await waiting) as { name: string }).name, "b");
  assert.deepEqual(await states(), ["a unloaded", "b loaded", "c loaded"]);
  ofC.release();
  await ofC.done;
  // The default model comes back like any other.
  assert.equal(((await answeredBy(`${url}/v1/predict`)) as { name: string }).name, "a");
});

test("requests for a model that cannot be loaded wait no longer than others, and take half of the queue at most", async () => {
  const models = await folderOf({ a: first, b: second });
  const { url, models: served } = await serve(models, {
    defaultModel: "a",
    maxLoadedModels: 1,
    maxQueue: 4,
    requestTimeoutSeconds: 1,
  });
  let release = () => {};
  const holding = served.use({}, () => new Promise<void>((resolve) => (release = resolve)));
  const answers = await Promise.all([1, 2, 3].map(() => post(`${url}/v1/models/b/predict`, movie)));
  const types = answers.map(({ status, json }) => `${status} ${json.type.split(":").at(-1)}`);
  assert.deepEqual(types.sort(), ["503 model-unavailable", "503 timeout", "503 timeout"]);
  const refused = answers.find(({ json }) => json.type.endsWith("model-unavailable"))!;
  assert.match(refused.json.detail, /^the model is being loaded, and 2 requests wait/);
  assert.equal(refused.headers.get("retry-after"), "1");
  release();
  await holding;
  // Loading goes on without those that waited for it.
  await until(async () => (await listed(url)).versions.b!.state === "loaded");
  assert.equal(((await answeredBy(`${url}/v1/models/b/predict`)) as { name: string }).name, "b");
});

test("a folder that comes is served, one that goes is not, and a new version takes over once it is whole", async () => {
  const models = await folderOf({ a: first });
  await mkdir(join(models, "b"));
  await cp(first, join(models, "b/1"), { recursive: true });
  const { url } = await serve(models, { defaultModel: "a", reloadSeconds: 0.05 });
  const b = () => answeredBy(`${url}/v1/models/b/predict`);
  const [old, newest] = versions;
  assert.equal(((await b()) as { version: string }).version, old);

  await mkdir(join(models, "b/2"));
  await cp(join(second, "manifest.json"), join(models, "b/2/manifest.json"));
  await until(async () => (await listed(url)).versions["b/2"]?.state === "failed");
  assert.match((await listed(url)).versions["b/2"]!.reason!, /model\.onnx is missing/);
  assert.equal(((await b()) as { version: string }).version, old);
  const pinned = await post(`${url}/v1/models/b/versions/2/predict`, movie);
  assert.equal(pinned.status, 503);
  assert.match(pinned.json.detail, /^version \w+ of the model b cannot be loaded: the bundle/);
  assert.ok(!pinned.text.includes(lab.root));
  for (const file of ["model.onnx", "README.md"]) {
    await cp(join(second, file), join(models, "b/2", file));
  }
  await until(async () => ((await b()) as { version: string }).version === newest);

  await rm(join(models, "b"), { recursive: true });
  await until(async () => (await b()) === 404);
  assert.equal(((await answeredBy(`${url}/v1/predict`)) as { name: string }).name, "a");
  await cp(second, join(models, "a-next"), { recursive: true });
  await rename(join(models, "a-next"), join(models, "c"));
  await until(async () => (await answeredBy(`${url}/v1/models/c/predict`)) !== 404);
});

test("a model's requests are split between two versions, and a key stays with its version", async () => {
  const models = await folderOf({});
  await mkdir(join(models, "a"));
  await cp(first, join(models, "a/1"), { recursive: true });
  await cp(second, join(models, "a/2"), { recursive: true });
  const { url } = await serve(models, { traffic: "a=1:75,2:25" });
  const { versions: served } = await listed(url);
  assert.deepEqual([served["a/1"]!.share, served["a/2"]!.share], [75, 25]);
  const keys = Array.from({ length: 80 }, (_, i) => `user-${i}`);
  const round = () =>
    Promise.all(
      keys.map(async (key) => {
        const model = await answeredBy(`${url}/v1/predict`, { "x-traffic-key": key });
        return versions.indexOf((model as { version: string }).version);
      }),
    );
  const answers = await round();
  const share = answers.filter((version) => version === 1).length / keys.length;
  assert.ok(share > 0.1 && share < 0.4, `${share} of the requests`);
  assert.deepEqual(await round(), answers);
  // The request's id counts where there is no key; a version that is named gets no other's requests.
  const byId = await answeredBy(`${url}/v1/models/a/predict`, { "x-request-id": "user-1" });
  assert.equal(versions.indexOf((byId as { version: string }).version), answers[1]);
  const named = await answeredBy(`${url}/v1/models/a/versions/1/predict`);
  assert.equal((named as { version: string }).version, versions[0]);
  const counted = (version: string) =>
    metric(
      url,
      `marquee_model_request_seconds_count{model="a",version="${version}",outcome="answered"}`,
    );
  assert.equal((await counted(versions[0])) + (await counted(versions[1])), 2 * keys.length + 2);
});

test("where a version cannot be loaded, another answers, and has its share of the traffic", async () => {
  const models = await folderOf({});
  await mkdir(join(models, "a"));
  await cp(first, join(models, "a/1"), { recursive: true });
  await cp(second, join(models, "a/2"), { recursive: true });
  await writeFile(join(models, "a/2/model.onnx"), "no graph");
  for (const traffic of [undefined, "a=1:50,2:50"]) {
    const { url } = await serve(models, { traffic });
    const answer = (await answeredBy(`${url}/v1/predict`)) as { version: string };
    assert.equal(answer.version, versions[0]);
    await until(async () => (await listed(url)).versions["a/2"]!.state === "failed");
    const { versions: served } = await listed(url);
    assert.deepEqual([served["a/1"]!.share, served["a/2"]!.share], [100, 0]);
  }
});

test("what prevents a start is said in a sentence", async () => {
  const models = await folderOf({ a: first, b: second });
  const empty = await folderOf({});
  for (const [settings, message] of [
    [{ models }, /holds the models a, b; say which .* as in --default-model a$/],
    [{ models, defaultModel: "c" }, /^--default-model c is not in .*; the models are a, b$/],
    [{ models: empty }, /^there is no bundle to serve in/],
    [{ models: join(empty, "none") }, /^--models .* cannot be read; name a folder with bundles/],
    [{ models, defaultModel: "a", traffic: "a=1:100" }, /^--traffic: there is no folder a\/1 /],
    [{ models, model: first }, /models cannot be combined with model; give one of them/],
    [{ model: first, defaultModel: "a" }, /defaultModel needs models/],
    [
      { models, traffic: "a=1:90,2:20" },
      /traffic gives "a" 110 percent; its shares must add up to 100/,
    ],
    [
      { models, traffic: "a" },
      /traffic has "a", which is not a split; write NAME=VERSION:90,VERSION:10/,
    ],
  ] as const) {
    const given = { model: undefined, ...settings };
    await assert.rejects(async () => lab.serve(given), { message });
  }
});
