/** The built site in Firefox or WebKit, whose page asks this process what to do. */

import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { drive, type OtherBrowser } from "../harness/otherBrowsers.ts";
import { scriptText } from "../harness/script.ts";
import { publishNewBuild } from "./newBuild.ts";

export type SiteJob =
  | { readonly kind: "answer"; readonly title: string }
  /** Waits until the page works offline. */
  | { readonly kind: "offline" }
  /** Looks for a new build, as browsers do once a day, and waits until it has taken over. */
  | { readonly kind: "update" }
  | { readonly kind: "reload" };

export interface SiteState {
  readonly failed: string | undefined;
  readonly verdict: string | undefined;
  readonly wordmark: string;
  readonly runs: string;
  readonly offline: boolean;
  readonly isolated: boolean;
  readonly controlled: boolean;
  /** Errors and rejections that nothing handled, and what the page's policy refused. */
  readonly unhandled: readonly string[];
}

export interface DrivenSite {
  readonly agent: string;
  run(job: Exclude<SiteJob, { kind: "reload" }>): Promise<SiteState>;
  /** Loads the page anew. */
  reload(): void;
  /** Puts another build in place of the one that is served. */
  publishNewBuild(): Promise<void>;
  /** From now on, the server has none of the site's files. */
  removeFiles(): Promise<void>;
  close(): Promise<void>;
}

const DRIVER = "driver.js";

/** @returns Or a sentence: why there is no such browser here. */
export async function driveSite(browser: OtherBrowser, site: string): Promise<DrivenSite | string> {
  const folder = await mkdtemp(join(tmpdir(), "marquee-driven-"));
  await cp(site, folder, { recursive: true });
  const script = await scriptText(fileURLToPath(new URL("siteDriver.page.ts", import.meta.url)));
  await writeFile(join(folder, DRIVER), script);
  const page = join(folder, "index.html");
  const tag = `<script type="module" src="./${DRIVER}"></script><link rel="icon"`;
  await writeFile(page, (await readFile(page, "utf8")).replace('<link rel="icon"', tag));
  const driven = await drive(browser, folder);
  const remove = () => rm(folder, { recursive: true, force: true });
  if (typeof driven === "string") {
    await remove();
    return driven;
  }
  return {
    agent: driven.agent,
    run: (job) => driven.run(job) as Promise<SiteState>,
    // Never answered: the page that would answer is gone.
    reload: () => void driven.run({ kind: "reload" } satisfies SiteJob).catch(() => {}),
    publishNewBuild: () => publishNewBuild(folder),
    async removeFiles() {
      for (const name of await readdir(folder)) {
        if (name !== DRIVER) await rm(join(folder, name), { recursive: true });
      }
    },
    async close() {
      await driven.close();
      await remove();
    },
  };
}
