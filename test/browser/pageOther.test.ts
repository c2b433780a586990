/** The page in Firefox and WebKit: it answers, takes a new build, works without its server; also where the browser blocks storage. */

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { publishTiny } from "../serve/server.ts";
import { OTHER_BROWSERS } from "./harness/otherBrowsers.ts";
import { builtSite } from "./harness/site.ts";
import { driveSite } from "./page/drivenSite.ts";
import { NEW_WORDMARK } from "./page/newBuild.ts";

const TITLE = { kind: "answer", title: "Movie 3 (1994)" } as const;
/** All of them: cookies, and what browsers treat like cookies. */
const BLOCK_STORAGE = { "network.cookie.cookieBehavior": 2 };

let root: string;
let site: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), "marquee-other-"));
  await publishTiny(join(root, "bundle"));
  site = await builtSite(join(root, "bundle"));
});
after(() => rm(root, { recursive: true, force: true }));

const [firefox] = OTHER_BROWSERS;
const others = OTHER_BROWSERS.filter(({ name }) => !name.includes("fingerprinting"));

for (const browser of others) {
  test(`${browser.name}: it answers, takes a new build, and then answers without its server`, async (t) => {
    const page = await driveSite(browser, site);
    if (typeof page === "string") return t.skip(page);
    t.after(() => page.close());
    t.diagnostic(page.agent);
    const online = await page.run(TITLE);
    assert.equal(online.failed, undefined);
    assert.match(online.verdict!, /\w/);
    assert.deepEqual(online.unhandled, []);
    await page.run({ kind: "offline" });
    await page.publishNewBuild();
    const updated = await page.run({ kind: "update" });
    assert.equal(updated.wordmark, "Marquee", "the page itself changes when it is loaded anew");
    await page.removeFiles();
    page.reload();
    const offline = await page.run(TITLE);
    assert.equal(offline.verdict, online.verdict);
    assert.equal(offline.wordmark, NEW_WORDMARK);
    assert.match(offline.runs, /stored in this browser/);
    assert.ok(offline.isolated, "the service worker isolates the page, for threads");
    assert.deepEqual(offline.unhandled, []);
  });
}

test("Firefox that blocks storage: it answers, and nothing is left unhandled", async (t) => {
  const preferences = { ...firefox!.preferences, ...BLOCK_STORAGE };
  const page = await driveSite({ ...firefox!, preferences }, site);
  if (typeof page === "string") return t.skip(page);
  t.after(() => page.close());
  const state = await page.run(TITLE);
  assert.equal(state.failed, undefined);
  assert.match(state.verdict!, /\w/);
  assert.ok(!state.offline);
  assert.deepEqual(state.unhandled, []);
});
