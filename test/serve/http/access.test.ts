/** API keys, rates, the queue, CORS, and what browsers get. */

import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { brotliCompressSync, brotliDecompressSync } from "node:zlib";
import sharp from "sharp";
import { openBundle } from "../../../node/bundle.ts";
import { movieInputs } from "../../../predictor/movie.ts";
import { parseSettings } from "../../../serve/settings.ts";
import { createLab, type Lab, post } from "../server.ts";

let lab: Lab;
before(async () => {
  lab = await createLab();
});
after(() => lab.close());

const MOVIE = { title: "war" };

test("a key that is too short is refused by its length, and never shown", () => {
  for (const name of ["apiKeys", "operatorKeys"]) {
    assert.throws(() => parseSettings({ [name]: ["long-key-0123456789", "secret"] }, "options"), {
      message: `options: ${name}.1 has 6 characters, and a key needs at least 16`,
    });
  }
});

test("API keys: needed under /v1 and /v2, not for probes, documentation and metrics", async () => {
  const keys = ["first-key-0123456789", "second-key-0123456789"];
  const { url } = await lab.serve({ apiKeys: keys });
  const ask = (headers: Record<string, string>) => post(`${url}/v1/predict`, MOVIE, headers);
  for (const key of keys) {
    assert.equal((await ask({ authorization: `Bearer ${key}` })).status, 200);
    assert.equal((await ask({ "x-api-key": key })).status, 200);
  }
  for (const headers of [
    {},
    { authorization: "Bearer" },
    { authorization: "Bearer wrong-key-0123456789" },
    { authorization: `Basic ${keys[0]}` },
    { "x-api-key": keys[0]!.slice(0, -1) },
    { "x-api-key": `${keys[0]}x` },
  ]) {
    const { status, json, headers: answered, text } = await ask(headers as Record<string, string>);
    assert.equal(status, 401, JSON.stringify(headers));
    assert.equal(json.type, "urn:marquee:problem:unauthorized");
    assert.match(answered.get("www-authenticate")!, /^Bearer/);
    for (const key of keys) assert.ok(!text.includes(key));
  }
  const status = async (path: string) => (await fetch(url + path)).status;
  for (const path of ["/v1/labels", "/v1/model", "/v2", "/v2/models/tiny"]) {
    assert.equal(await status(path), 401, path);
  }
  for (const path of [
    "/livez",
    "/readyz",
    "/v2/health/live",
    "/v2/health/ready",
    "/metrics",
    "/docs/",
    "/openapi.json",
    "/",
  ]) {
    assert.equal(await status(path), 200, path);
  }
  assert.match(await (await fetch(`${url}/metrics`)).text(), /reason="unauthorized"\} 10/);
});

test("each key has a rate limit of its own", async () => {
  const keys = ["first-key-0123456789", "second-key-0123456789"];
  const { url } = await lab.serve({ apiKeys: keys, ratePerMinute: 3 });
  const ask = (key: string) => post(`${url}/v1/predict`, MOVIE, { "x-api-key": key });
  for (let i = 0; i < 3; i++) assert.equal((await ask(keys[0]!)).status, 200);
  const { status, json, headers } = await ask(keys[0]!);
  assert.equal(status, 429);
  assert.equal(json.type, "urn:marquee:problem:rate-limit");
  assert.ok(Number(headers.get("retry-after")) > 0);
  assert.equal((await ask(keys[1]!)).status, 200);
});

test("requests without a valid key are limited by address, and those with one are answered", async () => {
  const key = "first-key-0123456789";
  const { url } = await lab.serve({ apiKeys: [key], ratePerMinute: 3 });
  const wrong = () => post(`${url}/v1/predict`, MOVIE, { "x-api-key": "wrong-key-0123456789" });
  for (let i = 0; i < 3; i++) assert.equal((await wrong()).status, 401);
  const { status, headers } = await wrong();
  assert.equal(status, 429);
  assert.ok(Number(headers.get("retry-after")) > 0);
  assert.equal((await post(`${url}/v1/predict`, MOVIE)).status, 429);
  assert.equal((await post(`${url}/v1/predict`, MOVIE, { "x-api-key": key })).status, 200);
  // Without a rate for others, too.
  const open = await lab.serve({ apiKeys: [key] });
  const statuses = await Promise.all(
    Array.from({ length: 61 }, async () => (await fetch(`${open.url}/v1/labels`)).status),
  );
  assert.deepEqual([...new Set(statuses)].sort(), [401, 429]);
  assert.equal(statuses.filter((each) => each === 429).length, 1);
});

test("an address that is no text gets a problem, with and without the page, and is in OpenAPI", async () => {
  const site = join(lab.root, "site");
  await mkdir(site, { recursive: true });
  await writeFile(join(site, "index.html"), "<!doctype html>");
  for (const { url } of [await lab.serve(), await lab.serve({ site })]) {
    for (const path of ["/%", "/%E0%A4%A", "/docs/%", "/a/%zz"]) {
      const response = await fetch(url + path);
      assert.ok([400, 404].includes(response.status), `${response.status} to ${path}`);
      assert.equal(response.headers.get("content-type"), "application/problem+json", path);
    }
    const api = JSON.parse(await (await fetch(`${url}/openapi.json`)).text());
    for (const [path, operations] of Object.entries<Record<string, { responses: object }>>(
      api.paths,
    )) {
      if (!path.includes("{")) continue;
      for (const [method, { responses }] of Object.entries(operations)) {
        for (const name of ["%", "other"]) {
          const { status } = await fetch(url + path.replace(/\{\w+\}/g, name), { method });
          assert.ok(String(status) in responses, `${status} to ${method} ${path}`);
        }
      }
    }
  }
});

test("blank text is not given", async () => {
  const { url } = await lab.serve();
  for (const title of ["", "  ", "\t\n"]) {
    assert.equal((await post(`${url}/v1/predict`, { title })).status, 422);
    assert.equal((await post(`${url}/v1/predict`, { title, year: 1990 })).status, 200);
  }
});

test("a header's number is decimal", async () => {
  const { url } = await lab.serve();
  for (const length of ["0x10", "1e1", "-1", "+2", "2.0", ""]) {
    const { status, json } = await post(`${url}/v2/models/tiny/infer`, "{}", {
      "inference-header-content-length": length,
    });
    assert.equal(status, 400);
    assert.match(json.error, /Inference-Header-Content-Length/, length);
  }
});

test("CORS: off unless configured, and then for those origins", async () => {
  const plain = await lab.serve();
  const open = await lab.serve({ cors: ["https://example.org"] });
  const origin = async (url: string, from: string) =>
    (await fetch(`${url}/v1/labels`, { headers: { origin: from } })).headers.get(
      "access-control-allow-origin",
    );
  assert.equal(await origin(plain.url, "https://example.org"), null);
  assert.equal(await origin(open.url, "https://example.org"), "https://example.org");
  assert.equal(await origin(open.url, "https://example.com"), null);
  const preflight = await fetch(`${open.url}/v1/predict`, {
    method: "OPTIONS",
    headers: { origin: "https://example.org", "access-control-request-method": "POST" },
  });
  assert.equal(preflight.status, 204);
});

test("a full queue gives 503 with Retry-After before the body is read; accepted requests are answered", async () => {
  const { url } = await lab.serve({ maxQueue: 3 });
  // Each takes a while, so that the others come while it is there.
  const poster = (
    await sharp({ create: { width: 2500, height: 2500, channels: 3, background: "#123" } })
      .png()
      .toBuffer()
  ).toString("base64");
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, i) => post(`${url}/v1/predict`, { poster, year: 1950 + i })),
  );
  const counts = new Map<number, number>();
  for (const { status, headers, json } of answers) {
    counts.set(status, (counts.get(status) ?? 0) + 1);
    if (status === 200) continue;
    assert.equal(status, 503);
    assert.equal(json.type, "urn:marquee:problem:queue-full");
    assert.match(headers.get("retry-after")!, /^\d+$/);
  }
  assert.ok(counts.get(200)! >= 3 && counts.get(503)! > 0, JSON.stringify([...counts]));
  const rejected = /reason="queue-full"\} (\d+)/.exec(await (await fetch(`${url}/metrics`)).text());
  assert.equal(Number(rejected![1]), counts.get(503));
  assert.equal((await post(`${url}/v1/predict`, MOVIE)).status, 200);
  // More movies than the queue is long are taken when nothing else is there.
  assert.equal((await post(`${url}/v1/predict`, new Array(5).fill(MOVIE))).status, 200);
});

test("a request that takes too long gets a timeout and frees its place", async () => {
  const { url } = await lab.serve({ requestTimeoutSeconds: 0.02 });
  const poster = (
    await sharp({ create: { width: 4900, height: 4900, channels: 3, background: "#123" } })
      .png()
      .toBuffer()
  ).toString("base64");
  const { status, json, headers } = await post(`${url}/v1/predict`, { poster });
  assert.equal(status, 503);
  assert.equal(json.type, "urn:marquee:problem:timeout");
  assert.ok(Number(headers.get("retry-after")) >= 1);
  assert.match(await (await fetch(`${url}/metrics`)).text(), /^marquee_queue_depth 0$/m);
});

test("request ids: a valid one comes back, a missing or odd one is replaced", async () => {
  const { url } = await lab.serve();
  const idOf = async (given?: string) =>
    (await fetch(`${url}/livez`, given ? { headers: { "x-request-id": given } } : {})).headers.get(
      "x-request-id",
    )!;
  assert.equal(await idOf("ours-1"), "ours-1");
  assert.match(await idOf(), /^[0-9a-f-]{36}$/);
  assert.match(await idOf("x".repeat(100)), /^[0-9a-f-]{36}$/);
});

test("the model's card and manifest, and its labels", async () => {
  const { url } = await lab.serve();
  const model = JSON.parse(await (await fetch(`${url}/v1/model`)).text());
  assert.equal(model.card, "# Model card of tiny 1\n");
  assert.equal(model.provider, "cpu");
  assert.equal(model.precision, "fp32");
  assert.deepEqual(model.manifest.target.labels, ["Action", "Comedy", "Drama"]);
  // The inputs as trained, but for the words and users that preprocessing knows: their numbers.
  const { inputs } = (await openBundle(lab.model)).manifest;
  const { title, year, poster, ratings } = movieInputs(inputs);
  const { vocabulary, ...restOfTitle } = title;
  assert.ok(vocabulary.length > 0);
  assert.deepEqual(model.manifest.inputs, {
    title: { ...restOfTitle, words: vocabulary.length, vectorWords: 0 },
    year,
    poster,
    ratings: { ...ratings, users: 40 },
  });
  const { labels } = JSON.parse(await (await fetch(`${url}/v1/labels`)).text());
  assert.deepEqual(labels, [
    { label: "Action", threshold: 0.5 },
    { label: "Comedy", threshold: 0.4 },
    { label: "Drama", threshold: 0.3 },
  ]);
});

test("OpenAPI states the limits, its examples are valid, and /docs shows it", async () => {
  const { url } = await lab.serve({ maxMovies: 7 });
  const api = JSON.parse(await (await fetch(`${url}/openapi.json`)).text());
  assert.equal(api.openapi, "3.1.0");
  const operation = api.paths["/v1/predict"].post;
  const { schema, examples } = operation.requestBody.content["application/json"];
  assert.equal(schema.anyOf[1].maxItems, 7);
  assert.deepEqual(Object.keys(api.components.schemas.Movie.properties).sort(), [
    "allowEmpty",
    "explain",
    "poster",
    "ratings",
    "threshold",
    "title",
    "topK",
    "year",
  ]);
  for (const { value } of Object.values<{ value: unknown }>(examples)) {
    assert.equal((await post(`${url}/v1/predict`, value)).status, 200);
  }
  // Every path of it is there, and every $ref leads somewhere.
  for (const [path, operations] of Object.entries<object>(api.paths)) {
    const asked = path.replace("{name}", "tiny").replace("{version}", "none");
    const [method] = Object.keys(operations);
    const response = await fetch(url + asked, { method: method!.toUpperCase() });
    const body = await response.text();
    assert.notEqual(response.status, 405, path);
    assert.doesNotMatch(body, /urn:marquee:problem:not-found/, path);
  }
  for (const [, name] of JSON.stringify(api).matchAll(/#\/components\/schemas\/(\w+)/g)) {
    assert.ok(api.components.schemas[name!], name);
  }
  const docs = await fetch(`${url}/docs/`);
  assert.match(await docs.text(), /swagger-ui-bundle\.js/);
  assert.equal((await fetch(`${url}/docs/swagger-ui-bundle.js`)).status, 200);
  assert.match(
    await (await fetch(`${url}/docs/swagger-initializer.js`)).text(),
    /"\/openapi\.json"/,
  );
});

test("the page: isolated for WASM threads, compressed beforehand, hashed files kept for long", async () => {
  const site = join(lab.root, "dist");
  await mkdir(join(site, "assets"), { recursive: true });
  await writeFile(join(site, "index.html"), "<!doctype html><title>page</title>");
  const script = "console.log(1);".repeat(50);
  await writeFile(join(site, "assets", "index-Ab3dE_9x.js"), script);
  await writeFile(join(site, "assets", "index-Ab3dE_9x.js.br"), brotliCompressSync(script));
  await writeFile(join(site, "runtime.wasm"), "wasm");
  const { url } = await lab.serve({ site });
  const get = (path: string, encoding: string) =>
    fetch(url + path, { headers: { "accept-encoding": encoding } });

  const page = await get("/", "br");
  assert.match(await page.text(), /<title>page/);
  assert.equal(page.headers.get("cross-origin-opener-policy"), "same-origin");
  assert.equal(page.headers.get("cross-origin-embedder-policy"), "require-corp");
  assert.equal(page.headers.get("cache-control"), "no-cache");
  assert.match(
    page.headers.get("content-security-policy")!,
    /script-src 'self' 'wasm-unsafe-eval'/,
  );
  assert.equal(page.headers.get("x-powered-by"), null);

  const packed = await get("/assets/index-Ab3dE_9x.js", "gzip, br");
  assert.equal(packed.headers.get("content-encoding"), "br");
  assert.equal(packed.headers.get("cache-control"), "public, max-age=31536000, immutable");
  assert.match(packed.headers.get("content-type")!, /^text\/javascript/);
  assert.match(packed.headers.get("vary")!, /accept-encoding/i);
  assert.equal(await packed.text(), script);
  const plain = await get("/assets/index-Ab3dE_9x.js", "identity");
  assert.equal(plain.headers.get("content-encoding"), null);
  assert.equal(await plain.text(), script);
  assert.equal(brotliDecompressSync(brotliCompressSync(script)).toString(), script);
  assert.equal((await get("/runtime.wasm", "br")).headers.get("content-type"), "application/wasm");
  assert.equal((await get("/..%2f..%2fmodels/tiny/manifest.json", "br")).status, 404);
});
