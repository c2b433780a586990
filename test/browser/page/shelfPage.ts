/** The page of a bundle of products, beside the same bundle in Node. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { openBundle } from "../../../node/bundle.ts";
import { openSession } from "../../../node/session.ts";
import { toAnswer, toAnswerJson } from "../../../predictor/answer.ts";
import { explainItem } from "../../../predictor/explain.ts";
import type { Item } from "../../../predictor/inputs/inputType.ts";
import { openInputs } from "../../../predictor/item.ts";
import { createPredictor } from "../../../predictor/predictor.ts";
import type { TargetSpec } from "../../../predictor/targets/types.ts";
import { launchChromium } from "../harness/chromium.ts";
import { serveFolder } from "../harness/serve.ts";
import { publishShelf } from "../harness/shelfBundle.ts";
import { builtSite } from "../harness/site.ts";
import { type OpenedPage, openPage } from "./openPage.ts";

export interface ShelfPage extends OpenedPage {
  readonly browser: Browser;
  readonly url: string;
  /** Node's answer with its explanation, as JSON. */
  expected(item: Item): Promise<Record<string, unknown>>;
}

/** @param inputs Names of the bundle's inputs; default: all. */
export async function openShelf(
  target: TargetSpec,
  inputs?: readonly string[],
): Promise<ShelfPage> {
  const root = await mkdtemp(join(tmpdir(), "marquee-shelf-"));
  const folder = join(root, "bundle");
  await publishShelf(folder, target, inputs);
  const { manifest, graph, files } = await openBundle(folder);
  const session = await openSession(graph, { threads: 1 });
  const predictor = createPredictor(
    manifest,
    session.run,
    await openInputs(manifest.inputs, files),
  );
  const server = await serveFolder(await builtSite(folder));
  const browser = await launchChromium();
  const opened = await openPage(browser, server.url);
  return {
    ...opened,
    browser,
    url: server.url,
    async expected(item) {
      const explanation = await explainItem(predictor, item);
      const answer = toAnswer(target, explanation.prediction, {}, explanation);
      return toAnswerJson(target, answer) as unknown as Record<string, unknown>;
    },
    async close() {
      await opened.close();
      await browser.close();
      await server.close();
      await session.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}
