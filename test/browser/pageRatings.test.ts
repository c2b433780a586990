/** The page of a bundle with two inputs of ratings: a form and a file of each, and answers as Node gives them. */

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { openBundle } from "../../node/bundle.ts";
import { openSession, type Session } from "../../node/session.ts";
import { toAnswer, toAnswerJson } from "../../predictor/answer.ts";
import { explainItem } from "../../predictor/explain.ts";
import type { Item } from "../../predictor/inputs/inputType.ts";
import { createPredictor, type Predictor } from "../../predictor/predictor.ts";
import { publishShop } from "../serve/server.ts";
import { launchForTests } from "./harness/chromium.ts";
import { serveFolder } from "./harness/serve.ts";
import { builtSite } from "./harness/site.ts";
import { assertSameAnswer, copiedAnswer, type OpenedPage, openPage } from "./page/openPage.ts";

const NOUNS = { item: "product", items: "products", label: "department", labels: "departments" };

let root: string;
let session: Session;
let predictor: Predictor;
let server: Awaited<ReturnType<typeof serveFolder>>;
let browser: Browser;
let opened: OpenedPage;

before(async () => {
  root = await mkdtemp(join(tmpdir(), "marquee-two-ratings-"));
  const folder = join(root, "bundle");
  await publishShop(folder, { nouns: NOUNS, inputs: ["name", "reviews", "likes"] });
  const { manifest, graph } = await openBundle(folder);
  session = await openSession(graph, { threads: 1 });
  predictor = createPredictor(manifest, session.run);
  server = await serveFolder(await builtSite(folder));
  browser = await launchForTests();
  opened = await openPage(browser, server.url);
});
after(async () => {
  await opened?.close();
  await browser?.close();
  await server?.close();
  await session?.close();
  await rm(root, { recursive: true, force: true });
});

/** The page's answer from these inputs is Node's. */
async function assertAnswers(item: Item): Promise<void> {
  const { model: _, ...answer } = await copiedAnswer(opened.page, Object.keys(item));
  const explanation = await explainItem(predictor, item);
  const { target } = predictor;
  const expected = toAnswer(target, explanation.prediction, {}, explanation);
  assertSameAnswer(answer, toAnswerJson(target, expected));
}

test("rows of both forms are ratings of their own inputs", async () => {
  const { page } = opened;
  await page.click("#reviews-add");
  await assertAnswers({ reviews: [{ stars: 10 }] });
  await page.click("#likes-add");
  await page.click("#likes-add");
  await assertAnswers({ reviews: [{ stars: 10 }], likes: [{ stars: 1 }, { stars: 1 }] });
  assert.equal(await page.locator("#reviews-rows li").count(), 1);
  assert.deepEqual(opened.errors, []);
});

test("a file is read on the scale of its input, which has 0 and less", async () => {
  const { page } = opened;
  await page.click("#clear");
  await page.waitForSelector("#idle:not([hidden])");
  const file = (text: string) => ({
    name: "likes.csv",
    mimeType: "text/csv",
    buffer: Buffer.from(text),
  });
  await page.setInputFiles("#likes-file", file("user,stars\nbo,0\ncy,-1\n"));
  await assertAnswers({
    likes: [
      { user: "bo", stars: 0 },
      { user: "cy", stars: -1 },
    ],
  });
  await page.setInputFiles("#likes-file", file("user,stars\nbo,4\n"));
  await page.waitForSelector("#likes-error:not(:empty)");
  assert.match((await page.textContent("#likes-error"))!, /4 is outside -1 to 1/);
});
