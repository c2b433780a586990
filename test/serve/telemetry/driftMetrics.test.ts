/** Drift, as the metrics of a real server show it. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pino } from "pino";
import { openBundle } from "../../../node/bundle.ts";
import { publishBundle } from "../../../pipeline/publish/publish.ts";
import { PROFILE_FILE } from "../../../predictor/profile.ts";
import { startServer } from "../../../serve/server.ts";
import { addProfile } from "../profile.ts";
import { createLabOf, type Lab, post, testSettings } from "../server.ts";
import { publishTable, type TableItem } from "../tableBundle.ts";

/** Prices of 0 to 20, half of the items with a tag, one of ten tags unknown. */
const USUAL: TableItem[] = Array.from({ length: 200 }, (_, i) => ({
  price: (i * 7) % 20,
  ...(i % 2 === 0 ? { tags: i % 20 === 0 ? "unheard" : "red" } : {}),
}));
/** Dear ones, with unknown tags and steps. */
const UNUSUAL: TableItem[] = Array.from({ length: 50 }, (_, i) => ({
  price: 100 + i,
  tags: "pink",
  walk: [[1, 2]],
}));

const CLASSES = { type: "class", classes: ["a", "b", "c"] } as const;

let lab: Lab;
before(async () => {
  lab = await createLabOf(async (path) => {
    await publishTable(path, CLASSES);
    await addProfile(path, USUAL as never);
  });
});
after(() => lab.close());

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

async function samples(url: string): Promise<Sample[]> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return [...text.matchAll(/^(marquee_(?:drift|profile_\w+))\{(.*)\} (\S+)$/gm)].map(
    ([, name, labels, value]) => ({
      name: name!,
      labels: Object.fromEntries(
        [...labels!.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, text]) => [label, text]),
      ),
      value: Number(value),
    }),
  );
}

const driftsIn = (all: readonly Sample[]) =>
  Object.fromEntries(
    all
      .filter(({ name }) => name === "marquee_drift")
      .map(({ labels, value }) => [`${labels.kind} ${labels.name}`.trim(), value]),
  );

async function send(url: string, items: readonly TableItem[], more: object = {}): Promise<void> {
  for (let from = 0; from < items.length; from += 50) {
    const part = items.slice(from, from + 50).map((item) => ({ ...item, ...more }));
    const { status, text } = await post(`${url}/v1/predict`, part);
    assert.equal(status, 200, text);
  }
}

test("drift is near 0 of items like those of the profile, and rises as others come", async () => {
  const { url, models } = await lab.serve({ driftItems: 200 });
  await send(url, USUAL.slice(0, 150));
  assert.deepEqual(await samples(url), [], "too few items");
  // Options do not matter, nor does a request that is refused.
  await send(url, USUAL.slice(150), { topK: 1, explain: true });
  assert.equal((await post(`${url}/v1/predict`, { price: "x" })).status, 422);
  const usual = await samples(url);
  for (const { labels } of usual) {
    assert.equal(labels.model, "table");
    assert.equal(labels.version, models.default.model.version);
  }
  const counted = (all: readonly Sample[], source: string) =>
    all.filter(({ name, labels }) => name === "marquee_profile_count" && labels.source === source);
  const plain = (list: readonly Sample[]) =>
    list.map(({ labels: { kind, name }, value }) => [kind, name, value]);
  assert.deepEqual(plain(counted(usual, "served")), plain(counted(usual, "profile")));
  assert.deepEqual(
    usual.filter(({ name }) => name === "marquee_profile_items").map(({ value }) => value),
    [200, 200],
  );
  const find = (kind: string, name: string) =>
    counted(usual, "served").find(({ labels }) => labels.kind === kind && labels.name === name)
      ?.value;
  assert.equal(find("input", "price"), 200);
  assert.equal(find("input", "tags"), 100);
  assert.equal(find("unknown", "tags"), 10);
  assert.equal(find("input", "walk"), 0);
  assert.deepEqual(driftsIn(usual), {
    score: 0,
    label: 0,
    "input price": 0,
    "input tags": 0,
    "unknown tags": 0,
    "input walk": 0,
  });

  await send(url, UNUSUAL);
  await send(url, UNUSUAL);
  const drifts = driftsIn(await samples(url));
  for (const name of ["score", "label", "input tags", "input walk", "unknown tags"]) {
    assert.ok(drifts[name]! > 0.25, `${name}: ${drifts[name]}`);
  }
  assert.equal(drifts["input price"], 0);
});

test("a bundle without a profile has no drift; nor is it watched where the window is 0", async () => {
  const path = join(lab.root, "models", "plain");
  await publishTable(path, { type: "number", name: "price", min: 0, max: 9 });
  for (const settings of [{ model: path, driftItems: 10 }, { driftItems: 0 }]) {
    const { url } = await lab.serve(settings);
    await send(url, USUAL.slice(0, 50));
    assert.deepEqual(await samples(url), []);
  }
});

test("a number has a histogram of its values, and no labels", async () => {
  const path = join(lab.root, "models", "number");
  await publishTable(path, { type: "number", name: "price", min: 0, max: 9 });
  await addProfile(path, USUAL as never);
  const { url } = await lab.serve({ model: path, driftItems: 50 });
  await send(url, UNUSUAL);
  const all = await samples(url);
  assert.ok(driftsIn(all).score! > 1, String(driftsIn(all).score));
  assert.ok(!("label" in driftsIn(all)));
  assert.ok(all.every(({ labels }) => labels.kind !== "label"));
});

test("a profile that cannot be used is told, and the bundle served", async () => {
  const path = join(lab.root, "models", "later");
  await publishTable(path, CLASSES);
  const { manifest } = await openBundle(path);
  const { files, ...bare } = manifest;
  const names = Object.keys(files);
  const contents = await Promise.all(names.map((name) => readFile(join(path, name))));
  await publishBundle(path, bare, {
    ...Object.fromEntries(names.map((name, i) => [name, contents[i]!])),
    [PROFILE_FILE]: '{ "formatVersion": 2 }',
  });
  const lines: Record<string, unknown>[] = [];
  const log = pino({}, { write: (line) => void lines.push(JSON.parse(line)) });
  const server = await startServer(testSettings(path), log);
  await send(server.url, USUAL.slice(0, 2));
  await server.close();
  const [warning] = lines.filter(({ msg }) => msg === "not watching for drift");
  assert.match(String(warning!.reason), /profile\.json is not valid.*formatVersion/s);
});
