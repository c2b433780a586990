/** New bundles that come file by file, or by a link that moves. */

import assert from "node:assert/strict";
import { cp, mkdir, readFile, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { until } from "../until.ts";
import { metric } from "./halfBody.ts";
import { createLab, type Lab, post, publishTiny } from "./server.ts";

let lab: Lab;
before(async () => {
  lab = await createLab();
});
after(() => lab.close());

async function model(url: string) {
  return (await (await fetch(`${url}/v1/model`)).json()) as {
    model: { version: string };
    newerBundle?: { reason: string; since: string; tries: number };
  };
}

test("a bundle that is copied manifest first is served once it is whole, and what is missing is said", async () => {
  const [path, next] = [join(lab.root, "copied"), join(lab.root, "next")];
  await publishTiny(path, 1);
  await publishTiny(next, 2);
  const { url, models } = await lab.serve({ model: path, reloadSeconds: 0.05 });
  const old = models.default.model.version;
  assert.equal(await metric(url, "marquee_bundle_behind"), 0);
  assert.equal((await model(url)).newerBundle, undefined);

  const copy = (name: string) => cp(join(next, name), join(path, name));
  await copy("manifest.json");
  await until(async () => (await metric(url, "marquee_bundle_behind")) === 1);
  const { newerBundle } = await model(url);
  assert.match(newerBundle!.reason, /^the bundle cannot be used: .*model\.onnx is damaged/);
  assert.ok(!newerBundle!.reason.includes(lab.root));
  assert.ok(Date.parse(newerBundle!.since) <= Date.now());

  // Nothing changes: it is not read again and again.
  const tries = async () => (await model(url)).newerBundle!.tries;
  const before = await tries();
  let checks = 0;
  await until(() => ++checks > 50);
  assert.equal(await tries(), before);

  const graph = await readFile(join(next, "model.onnx"));
  await writeFile(join(path, "model.onnx"), graph.subarray(0, graph.length / 2));
  await until(async () => (await tries()) > before);
  assert.equal((await post(`${url}/v1/predict`, { title: "war" })).json.model.version, old);
  await copy("README.md");
  await writeFile(join(path, "model.onnx"), graph);
  await until(() => models.default.model.version !== old);
  assert.equal(await metric(url, "marquee_bundle_behind"), 0);
  const now = await model(url);
  assert.equal(now.newerBundle, undefined);
  assert.equal(now.model.version, models.default.model.version);
});

test("a link that is moved to another bundle is followed, and back from one that is refused", async () => {
  const releases = ["a", "b", "c"].map((name) => join(lab.root, "releases", name));
  const [a, b, c] = releases as [string, string, string];
  await mkdir(join(lab.root, "releases"));
  await publishTiny(a, 1);
  await publishTiny(b, 2);
  await publishTiny(c, 3);
  await writeFile(join(c, "model.onnx"), "no graph");
  const link = join(lab.root, "current");
  const point = async (target: string) => {
    await symlink(target, `${link}.new`);
    await rename(`${link}.new`, link);
  };
  await point(a);
  const { url, models } = await lab.serve({ model: link, reloadSeconds: 0.05 });
  const first = models.default.model.version;
  await point(b);
  await until(() => models.default.model.version !== first);
  const second = models.default.model.version;
  await point(c);
  await until(async () => (await metric(url, "marquee_bundle_behind")) === 1);
  // The attempt has to be over, or it would find what the link leads to next.
  await until(async () => (await metric(url, 'marquee_reloads_total{outcome="refused"}')) === 1);
  assert.equal(models.default.model.version, second);
  const swaps = () => metric(url, 'marquee_reloads_total{outcome="swapped"}');
  const before = await swaps();
  // The bundle that answers is on disk again, and need not be opened anew.
  await point(b);
  await until(async () => (await metric(url, "marquee_bundle_behind")) === 0);
  assert.equal(await swaps(), before);
  await point(a);
  await until(() => models.default.model.version === first);
});

test("a bundle of another name is served under the one that the server began with", async () => {
  const [a, b] = [join(lab.root, "named-a"), join(lab.root, "named-b")];
  await publishTiny(a, 1);
  await publishTiny(b, 2);
  const path = join(b, "manifest.json");
  const manifest = JSON.parse(await readFile(path, "utf8"));
  await writeFile(path, JSON.stringify({ ...manifest, name: "other" }));
  const link = join(lab.root, "named");
  await symlink(a, link);
  const { url, models } = await lab.serve({ model: link, reloadSeconds: 0.05 });
  const first = models.default.model.version;
  await symlink(b, `${link}.new`);
  await rename(`${link}.new`, link);
  await until(() => models.default.model.version !== first);
  const answer = await post(`${url}/v1/predict`, { title: "war" });
  assert.deepEqual([answer.status, answer.json.model.name], [200, "tiny"]);
  for (const known of ["/openapi.json", "/docs", "/v1/models/tiny", "/v2/models/tiny"]) {
    assert.equal((await fetch(url + known)).status, 200, known);
  }
});
