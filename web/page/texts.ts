/** The page's headings and sentences, in the words of the bundle. */

import { strings } from "../strings/strings.ts";
import type { BundleInfo } from "../worker/protocol.ts";
import { byId } from "./dom.ts";
import { pageTarget } from "./targets/types.ts";
import { readable } from "./wording.ts";

export function showTexts({ inputs, groups, target, nouns }: BundleInfo): void {
  const { item, items, labels } = nouns;
  const names = groups.map(({ name }) => readable(name));
  const predicted = "name" in target ? target.name : labels;
  const texts = strings.answer;
  document.title = texts.documentTitle(item, predicted, names);
  byId("question").textContent = pageTarget(target).question(target, nouns);
  byId("intro").textContent = texts.intro(names);
  byId("synthetic").textContent = texts.synthetic(items);
  byId("clear").textContent = Object.keys(inputs).length > 1 ? texts.clearAll : texts.clear;
}

/** The bundle's nouns in the page's language, where it knows them. */
export function inPageLanguage(bundle: BundleInfo): BundleInfo {
  const nouns = Object.entries(bundle.nouns).map(([name, noun]) => [name, strings.term(noun)]);
  return { ...bundle, nouns: Object.fromEntries(nouns) as unknown as BundleInfo["nouns"] };
}
