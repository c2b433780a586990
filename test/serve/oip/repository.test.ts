/** The model repository, statistics and configuration extensions, and NVIDIA's client of them. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import type { Server } from "../../../serve/server.ts";
import { PYTHON, without } from "../../needs/needs.ts";
import { createLab, type Lab, post } from "../server.ts";

const KEY = "a-client's-key-0123456789";
const OPERATOR = "an-operator's-key-0123456789";

let lab: Lab;
let server: Server;
before(async () => {
  lab = await createLab();
  server = await lab.serve({ apiKeys: [KEY], operatorKeys: [OPERATOR] });
});
after(() => lab.close());

const asked = (path: string, key = OPERATOR, body: unknown = "") =>
  post(server.url + path, body, { "x-api-key": key });
const index = async (body: unknown = "") => (await asked("/v2/repository/index", KEY, body)).json;
const movie = { title: "war cat" };

test("operators unload a model until they load it, others do not", async () => {
  const path = "/v2/repository/models/tiny";
  const { version } = server.models.default.model;
  const row = { name: "tiny", version, state: "READY", reason: "" };
  assert.deepEqual(await index(), [row]);
  const refused = await asked(`${path}/unload`, KEY);
  assert.deepEqual(
    [refused.status, refused.json.error],
    [403, "only operators may do this; this API key does not belong to an operator"],
  );
  assert.equal((await asked(`${path}/unload`, "wrong-key-0123456789")).status, 401);
  assert.deepEqual(await index(), [row]);

  assert.equal((await asked(`${path}/unload`)).status, 200);
  const unloaded = { ...row, state: "UNAVAILABLE", reason: "unloaded by an operator" };
  assert.deepEqual(await index(), [unloaded]);
  assert.deepEqual(await index({ ready: true }), []);
  const answer = await asked("/v1/predict", KEY, movie);
  assert.deepEqual(
    [answer.status, answer.json.type],
    [503, "urn:marquee:problem:model-unavailable"],
  );
  assert.match(answer.json.detail, /^the model tiny is unloaded; an operator has to load it/);
  const ready = () =>
    fetch(`${server.url}/v2/models/tiny/ready`, { headers: { "x-api-key": KEY } });
  assert.equal((await ready()).status, 503);
  // As TensorFlow Serving says it.
  const model = await fetch(`${server.url}/v1/models/tiny`, { headers: { "x-api-key": KEY } });
  const { model_version_status } = (await model.json()) as { model_version_status: unknown };
  const status = { error_code: "UNAVAILABLE", error_message: "unloaded by an operator" };
  assert.deepEqual(model_version_status, [{ version, state: "END", status }]);

  assert.equal((await asked(`${path}/load`)).status, 200);
  assert.deepEqual(await index(), [row]);
  assert.equal((await ready()).status, 200);
  // An operator's key is good for everything else.
  assert.equal((await asked("/v1/predict", OPERATOR, movie)).status, 200);
});

test("a new bundle that is refused is not loaded, while the old one answers", async () => {
  const models = join(lab.root, "repository");
  const bundle = join(models, "shop");
  await cp(lab.model, bundle, { recursive: true });
  const { url } = await lab.serve({ model: undefined, models, operatorKeys: [OPERATOR] });
  const load = () => post(`${url}/v2/repository/models/shop/load`, "", { "x-api-key": OPERATOR });
  const path = join(bundle, "manifest.json");
  const manifest = await readFile(path, "utf8");
  await writeFile(path, JSON.stringify({ ...JSON.parse(manifest), unknown: 1 }));
  for (let time = 0; time < 2; time++) {
    const { status, json } = await load();
    assert.equal(status, 503, JSON.stringify(json));
    assert.match(
      json.error,
      /^the new bundle of the model shop is refused, and version \w+ still answers: .*unknown/s,
    );
    assert.equal((await post(`${url}/v1/predict`, movie)).status, 200);
  }
  await writeFile(path, manifest);
  assert.equal((await load()).status, 200);
});

test("without operators' keys nobody loads or unloads", async () => {
  const { url } = await lab.serve();
  const { status, json } = await post(`${url}/v2/repository/models/tiny/unload`, "");
  assert.equal(status, 403);
  assert.match(json.error, /the server has none; start it with --operator-keys/);
  assert.equal((await post(`${url}/v1/predict`, movie)).status, 200);
});

test("what is wrong with a request is said", async () => {
  const load = "/v2/repository/models/tiny/load";
  for (const [path, body, status, message] of [
    [
      "/v2/repository/models/other/load",
      "",
      404,
      /^there is no model "other"; the only model is tiny$/,
    ],
    ["/v2/repository/index", "{", 400, /^body: is not JSON/],
    ["/v2/repository/index", { ready: 1 }, 400, /^body: ready is not/],
    [load, { parameters: { config: "{}" } }, 400, /^parameters: "config" is not supported/],
    [load, { parameters: "x".repeat(20_000) }, 413, /^body: the body is too large/],
  ] as const) {
    const answer = await asked(path, OPERATOR, body);
    assert.deepEqual([answer.status, message.test(answer.json.error)], [status, true], answer.text);
  }
});

test("statistics count requests, items and batches, and go on when a model is loaded again", async () => {
  const { url } = await lab.serve({ operatorKeys: [OPERATOR] });
  const get = async (path: string) =>
    (await (await fetch(`${url}/v2/models${path}`)).json()) as { model_stats: Statistics[] };
  const stats = async (path = "/tiny/stats") => (await get(path)).model_stats[0]!;
  interface Statistics {
    readonly last_inference: number;
    readonly inference_count: number;
    readonly execution_count: number;
    readonly inference_stats: Record<string, { count: number; ns: number }>;
    readonly batch_stats: { batch_size: number; compute_infer: { count: number } }[];
  }
  assert.deepEqual([(await stats()).last_inference, (await stats()).inference_count], [0, 0]);
  const start = Date.now();
  for (const body of [movie, [movie, movie, movie]]) {
    assert.equal((await post(`${url}/v1/predict`, body)).status, 200);
  }
  assert.equal((await post(`${url}/v1/predict`, { year: "?" })).status, 422);
  const after = await stats();
  assert.ok(after.last_inference >= start);
  assert.equal(after.inference_count, 4);
  const { success, fail, queue, compute_infer: infer } = after.inference_stats;
  assert.deepEqual([success!.count, fail!.count, queue!.count], [2, 1, 4]);
  assert.equal(infer!.count, after.execution_count);
  assert.ok(infer!.ns > 0 && success!.ns > infer!.ns);
  const rows = after.batch_stats.map((each) => each.batch_size * each.compute_infer.count);
  assert.equal(
    rows.reduce((sum, each) => sum + each, 0),
    4,
  );

  for (const what of ["unload", "load"]) {
    const path = `${url}/v2/repository/models/tiny/${what}`;
    assert.equal((await post(path, "", { "x-api-key": OPERATOR })).status, 200);
  }
  assert.deepEqual(await stats("/stats"), after);
});

test("NVIDIA's client loads, unloads and asks", { skip: without("tritonClient") }, async () => {
  const script = "test/serve/oip/tritonRepository.py";
  const { host } = new URL(server.url);
  await promisify(execFile)(PYTHON, [script, host, "tiny", OPERATOR]);
});
