/** The page's headings and sentences, in the words of the bundle. */

import { listOf } from "../../predictor/listOf.ts";
import type { BundleInfo } from "../worker/protocol.ts";
import { byId } from "./dom.ts";
import { pageTarget } from "./targets/types.ts";
import { readable, withA } from "./wording.ts";

export function showTexts({ inputs, groups, target, nouns }: BundleInfo): void {
  const { item, items, labels } = nouns;
  const names = groups.map(({ name }) => readable(name));
  const predicted = "name" in target ? target.name : labels;
  document.title = `Marquee: ${item} ${predicted} from ${listOf(names)}`;
  byId("question").textContent = pageTarget(target).question(target, nouns);
  const known = names.map(withA).join(", ");
  byId("intro").textContent =
    `Enter ${names.length > 1 ? `what you know: ${known}, or all of them` : known}. ` +
    "Everything is computed on this device, and nothing you enter leaves it.";
  byId("synthetic").textContent =
    `This model was trained on made-up ${items}. Its answers say nothing about real ones.`;
  byId("clear").textContent = Object.keys(inputs).length > 1 ? "Clear everything" : "Clear";
}
