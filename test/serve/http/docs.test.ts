/** The page at /docs in a real browser: it shows the API, under the server's own policy, and asks nobody else. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launchForTests } from "../../browser/harness/chromium.ts";
import { createLab, type Lab } from "../server.ts";

let lab: Lab;
before(async () => {
  lab = await createLab();
});
after(() => lab.close());

test("/docs lists every operation and tries one out, without another host or a broken policy", async (t) => {
  const { url } = await lab.serve();
  const api = JSON.parse(await (await fetch(`${url}/openapi.json`)).text()) as {
    paths: Record<string, object>;
  };
  const browser = await launchForTests();
  t.after(() => browser.close());
  const page = await browser.newPage();
  const troubles: string[] = [];
  page.on("pageerror", ({ message }) => troubles.push(message));
  page.on("console", (message) => {
    if (message.type() === "error") troubles.push(message.text());
  });
  page.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol.startsWith("http") && origin !== url) troubles.push(request.url());
  });
  await page.goto(`${url}/docs/`);
  await page.waitForSelector(".opblock");
  const operations = Object.values(api.paths).flatMap((methods) => Object.keys(methods));
  assert.equal(await page.locator(".opblock").count(), operations.length);

  const labels = page.locator(".opblock", { hasText: "/v1/labels" });
  await labels.locator(".opblock-summary-control").click();
  await labels.getByRole("button", { name: "Try it out" }).click();
  await labels.getByRole("button", { name: "Execute" }).click();
  await labels.locator(".live-responses-table").getByText('"threshold"').first().waitFor();
  assert.deepEqual(troubles, []);
  // Only on public addresses does Swagger UI ask swagger.io to validate the description.
  const initializer = await fetch(`${url}/docs/swagger-initializer.js`);
  assert.match(await initializer.text(), /validatorUrl: null/);
});
