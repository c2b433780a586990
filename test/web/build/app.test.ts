/** What makes the built site an app and its links cards. */

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import sharp from "sharp";
import { build } from "vite";
import { APP_MANIFEST, appPlugin } from "../../../web/build/app.ts";

const URL_OF_SITE = "https://example.org/some/where/";
const SOURCE = "https://example.org/source";

let out: string;
let html: string;
before(async () => {
  out = await mkdtemp(join(tmpdir(), "marquee-app-"));
  await build({
    configFile: false,
    root: new URL("./page", import.meta.url).pathname,
    base: "./",
    logLevel: "warn",
    plugins: [appPlugin({ url: URL_OF_SITE, source: SOURCE })],
    build: { outDir: out, emptyOutDir: false },
  });
  html = await readFile(join(out, "index.html"), "utf8");
});
after(() => rm(out, { recursive: true, force: true }));

/** Value of an attribute of the one tag that has another. */
function attribute(name: string, where: string): string {
  const [tag, more] = html.match(new RegExp(`<[^>]*${where}[^>]*>`, "g")) ?? [];
  assert.ok(tag && more === undefined, `one tag with ${where}`);
  return new RegExp(`${name}="([^"]*)"`).exec(tag)![1]!;
}

test("the manifest lies beside the page and names icons of the sizes that it says", async () => {
  assert.equal(attribute("href", 'rel="manifest"'), `./${APP_MANIFEST}`);
  const { icons, start_url, scope } = JSON.parse(await readFile(join(out, APP_MANIFEST), "utf8"));
  assert.deepEqual([start_url, scope], ["./", "./"]);
  assert.deepEqual(
    icons.map(({ sizes, purpose }: Record<string, string>) => [sizes, purpose]),
    [
      ["192x192", "any"],
      ["512x512", "any"],
      ["512x512", "maskable"],
    ],
  );
  for (const { src, sizes, purpose } of icons) {
    assert.match(src, /-[\w-]{8}\.png$/, "its name has a hash");
    const image = sharp(await readFile(join(out, src)));
    const { width, height } = await image.metadata();
    assert.equal(`${width}x${height}`, sizes);
    const { isOpaque } = await image.stats();
    assert.equal(isOpaque, purpose === "maskable", "a maskable icon has no transparent corners");
  }
});

test("a card names the page and its picture by absolute addresses; the encoding still comes first", async () => {
  assert.equal(attribute("content", 'property="og:title"'), "A page");
  assert.equal(attribute("content", 'property="og:description"'), "What it does.");
  assert.equal(attribute("content", 'property="og:url"'), URL_OF_SITE);
  const picture = attribute("content", 'property="og:image"');
  assert.ok(picture.startsWith(`${URL_OF_SITE}assets/`), picture);
  const { width, height } = await sharp(join(out, picture.slice(URL_OF_SITE.length))).metadata();
  assert.deepEqual([width, height], [1200, 630]);
  assert.equal(attribute("href", 'rel="code-repository"'), SOURCE);
  // Browsers look for it in the first 1,024 bytes only.
  assert.ok(html.indexOf("charset") < html.indexOf("manifest"), "before all that the build adds");
});
