/** Another build of the site. */

import assert from "node:assert/strict";
import { readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** What its page has in its masthead. */
export const NEW_WORDMARK = "Marquee the second";

/** Makes the changes of a build with another text and another script. @param site Its folder. */
export async function publishNewBuild(site: string): Promise<void> {
  const script = (await readdir(join(site, "assets"))).find((name) => /^index-.*\.js$/.test(name))!;
  const renamed = script.replace(/-.*\.js$/, "-abcdefgh.js");
  await rename(join(site, "assets", script), join(site, "assets", renamed));
  await editFile(join(site, "index.html"), (text) =>
    text.replace(script, renamed).replace('"wordmark">Marquee', `"wordmark">${NEW_WORDMARK}`),
  );
  await editFile(join(site, "sw.js"), (text) =>
    text.replace(script, renamed).replace(/version:(["'`])\w+/, "version:$1second"),
  );
}

/** Fails where nothing changes. */
export async function editFile(path: string, change: (text: string) => string): Promise<void> {
  const text = await readFile(path, "utf8");
  assert.notEqual(change(text), text);
  await writeFile(path, change(text));
}
