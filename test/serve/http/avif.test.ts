/** AVIF over HTTP: its own limit, and requests that honest ones must not wait for. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import sharp from "sharp";
import { until } from "../../until.ts";
import { metric } from "../halfBody.ts";
import { createLab, type Lab, post } from "../server.ts";

let lab: Lab;
let bomb: Buffer;
let honest: string;
before(async () => {
  lab = await createLab();
  bomb = await avif(5000, 5000);
  honest = (await avif(200, 300)).toString("base64");
});
after(() => lab.close());

function avif(width: number, height: number): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: "#284" } })
    .avif({ effort: 0, chromaSubsampling: "4:2:0" })
    .toBuffer();
}

/** Different files of the same image. */
function bombs(count: number) {
  return Array.from({ length: count }, (_, i) => {
    const box = Buffer.from([0, 0, 0, 9, ...Buffer.from("free"), i]);
    return { poster: Buffer.concat([bomb, box]).toString("base64") };
  });
}

test("an AVIF has a limit of its own, which larger images of other formats may exceed", async () => {
  const { url } = await lab.serve({ avifMegapixels: 0.05, bodyMb: 1 });
  const { status, json } = await post(`${url}/v1/predict`, { poster: honest });
  assert.equal(status, 422);
  assert.deepEqual(json.errors, [
    {
      field: "poster",
      detail:
        "cannot be decoded as an image (it has 200 x 300 pixels; at most 50000 of an AVIF are accepted)",
    },
  ]);
  const png = await sharp({ create: { width: 400, height: 600, channels: 3, background: "#284" } })
    .png()
    .toBuffer();
  const answer = await post(`${url}/v1/predict`, { poster: png.toString("base64") });
  assert.equal(answer.status, 200);
  const usual = await lab.serve();
  const refused = await post(`${usual.url}/v1/predict`, { poster: bomb.toString("base64") });
  assert.match(refused.json.detail, /5000 x 5000 pixels; at most 6000000 of an AVIF/);
});

test("honest AVIFs are answered while others take long, which are stopped when their client leaves", async () => {
  const { url } = await lab.serve({ avifMegapixels: 25, requestTimeoutSeconds: 250 });
  const stop = new AbortController();
  let answer: string | undefined;
  const attack = fetch(`${url}/v1/predict`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(bombs(32)),
    signal: stop.signal,
  }).then(async (response) => {
    answer = await response.text();
  });
  await until(async () => (await metric(url, "marquee_large_images")) === 32);
  assert.equal((await post(`${url}/v1/predict`, { poster: honest })).status, 200);
  assert.equal(answer, undefined);
  stop.abort();
  await assert.rejects(attack, { name: "AbortError" });
  await until(async () => (await metric(url, "marquee_large_images")) === 0);
  assert.equal(await metric(url, "marquee_queue_depth"), 0);
});

test("after their timeout, AVIFs take no more time", async () => {
  const { url } = await lab.serve({ avifMegapixels: 25, requestTimeoutSeconds: 1 });
  const late = await post(`${url}/v1/predict`, bombs(32));
  assert.deepEqual([late.status, late.json.type], [503, "urn:marquee:problem:timeout"]);
  await until(async () => (await metric(url, "marquee_large_images")) === 0);
});

test("after an error in one of a request's items, its others take no more time", async () => {
  const { url } = await lab.serve({ avifMegapixels: 25, requestTimeoutSeconds: 250 });
  const broken = bomb.subarray(0, bomb.length - 20).toString("base64");
  const { status } = await post(`${url}/v1/predict`, [...bombs(31), { poster: broken }]);
  assert.equal(status, 422);
  await until(async () => (await metric(url, "marquee_large_images")) === 0);
});
