/** Bodies of TensorFlow Serving's clients: the same answers, in its form, at its addresses. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import sharp from "sharp";
import type { Server } from "../../../serve/server.ts";
import { createLab, type Lab, post, publishShop } from "../server.ts";

let lab: Lab;
let server: Server;
let url: string;
let poster: string;
before(async () => {
  lab = await createLab();
  server = await lab.serve({ maxMovies: 4 });
  url = `${server.url}/v1/predict`;
  const png = sharp({ create: { width: 40, height: 30, channels: 3, background: "red" } }).png();
  poster = (await png.toBuffer()).toString("base64");
});
after(() => lab.close());

const b64 = (text: string) => ({ b64: Buffer.from(text).toString("base64") });

test("instances are items, and bytes are b64; the answers are predictions alone", async () => {
  const items = [
    { title: "Ünïcode war", poster },
    { year: 1990, topK: 1 },
  ];
  const { json: expected } = await post(url, items);
  const instances = [
    { title: b64("Ünïcode war"), poster: { b64: poster } },
    { year: 1990, topK: 1 },
  ];
  const version = server.models.default.model.version;
  for (const address of [
    url,
    `${server.url}/v1/models/tiny:predict`,
    `${server.url}/v1/models/tiny:predict?a=b`,
    `${server.url}/v1/models/tiny/versions/${version}:predict`,
  ]) {
    const { status, json, text } = await post(address, {
      signature_name: "serving_default",
      instances,
    });
    assert.equal(status, 200, text);
    assert.deepEqual(Object.keys(json), ["predictions"]);
    assert.equal(json.predictions.length, 2);
    for (const [i, { scores, selected }] of json.predictions.entries()) {
      const own = expected.predictions[i];
      assert.deepEqual(selected, own.selected);
      assert.equal(scores.length, own.scores.length);
      for (const [k, { probability }] of scores.entries()) {
        assert.ok(Math.abs(probability - own.scores[k].probability) < 1e-6);
      }
    }
  }
  const status = await fetch(`${server.url}/v1/models/tiny`);
  const { model_version_status } = (await status.json()) as { model_version_status: unknown };
  assert.deepEqual(model_version_status, [
    { version, state: "AVAILABLE", status: { error_code: "OK", error_message: "" } },
  ]);
  const other = await post(`${server.url}/v1/models/other:predict`, { instances });
  assert.deepEqual([other.status, other.json.type], [404, "urn:marquee:problem:model-not-found"]);
});

test("refused, by the names that the client sent", async () => {
  const cases: [body: unknown, field: string, detail: RegExp][] = [
    [{ instances: "war" }, "instances", /^is not a list$/],
    [{ instances: [] }, "instances", /^is empty$/],
    [{ instances: new Array(5).fill({ title: "a" }) }, "instances", /^has more than 4 items$/],
    [{ instances: [{ title: "a" }, { title: [7] }] }, "instances[1].title", /is a list/],
    [{ instances: [{ title: "a" }, {}] }, "instances[1]", /^is empty; give at least one of/],
    [{ instances: ["a"] }, "instances[0]", /is a text, expected an object/],
    [{ instances: [{ poster: { b64: "!" } }] }, "instances[0].poster", /^is not base64$/],
    [{ instances: [{ poster: { b64: "QUJD" } }] }, "instances[0].poster", /cannot be decoded/],
    [{ instances: [{ title: { b64: 7 } }] }, "instances[0].title", /is an object, expected a text/],
    [{ instances: [{ title: "a" }], topK: 1 }, "topK", /^is not a field beside "instances"/],
    [{ instances: [{ title: "a" }], signature_name: 1 }, "signature_name", /^is not a text$/],
    [{ inputs: { title: ["a"] } }, "inputs", /send a list of items as "instances"/],
  ];
  for (const [body, field, detail] of cases) {
    const { status, json } = await post(url, body);
    assert.equal(status, 422, JSON.stringify(body));
    assert.deepEqual(
      json.errors.map((error: { field: string }) => error.field),
      [field],
    );
    assert.match(json.errors[0].detail, detail);
  }
});

test("where a bundle has one input, an instance may be its value", async () => {
  const path = join(lab.root, "models", "names");
  await publishShop(path, { inputs: ["name"] });
  const { url: names } = await lab.serve({ model: path });
  const { json: expected } = await post(`${names}/v1/predict`, [{ name: "Pan" }]);
  for (const instance of ["Pan", { name: "Pan" }, b64("Pan"), { name: b64("Pan") }]) {
    const { status, json } = await post(`${names}/v1/predict`, { instances: [instance] });
    assert.equal(status, 200);
    assert.deepEqual(json.predictions, expected.predictions);
  }
});
