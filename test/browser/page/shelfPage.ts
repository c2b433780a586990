/** The page of a bundle of products, beside the same bundle in Node. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openBundle } from "../../../node/bundle.ts";
import { openSession } from "../../../node/session.ts";
import { toAnswer, toAnswerJson } from "../../../predictor/answer.ts";
import { explainItem } from "../../../predictor/explain.ts";
import type { Item } from "../../../predictor/inputs/inputType.ts";
import { openInputs } from "../../../predictor/item.ts";
import { createPredictor } from "../../../predictor/predictor.ts";
import type { TargetSpec } from "../../../predictor/targets/types.ts";
import { publishShelf } from "../harness/shelfBundle.ts";
import { openSiteOf, type SitePage } from "./siteOf.ts";

export interface ShelfPage extends SitePage {
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
  const site = await openSiteOf(folder);
  return {
    ...site,
    async expected(item) {
      const explanation = await explainItem(predictor, item);
      const answer = toAnswer(target, explanation.prediction, {}, explanation);
      return toAnswerJson(target, answer) as unknown as Record<string, unknown>;
    },
    async close() {
      await site.close();
      await session.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}
