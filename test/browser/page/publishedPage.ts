/** The page with the published model, where there is one: it knows users, and many labels. */

import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publishTiny } from "../../serve/server.ts";
import { openSiteOf, type SitePage } from "./siteOf.ts";

const PUBLISHED = "models/ml1m";

/** @param folder Where a small bundle is published if there is no other. @returns The bundle's folder. */
export async function publishedModel(folder: string): Promise<string> {
  if (existsSync(PUBLISHED)) return PUBLISHED;
  await publishTiny(folder);
  return folder;
}

export interface PublishedPage extends SitePage {
  /** For files of the test; removed at the end. */
  readonly folder: string;
}

export async function openPublishedPage(): Promise<PublishedPage> {
  const folder = await mkdtemp(join(tmpdir(), "marquee-page-"));
  const site = await openSiteOf(await publishedModel(join(folder, "bundle")));
  return {
    ...site,
    folder,
    async close() {
      await site.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
