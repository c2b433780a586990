/** Links to what there is to read: the bundle's model card and report beside its manifest, and the program's source. */

import { strings } from "../strings/strings.ts";
import type { BundleInfo } from "../worker/protocol.ts";
import { byId, create } from "./dom.ts";

/** @param folder Of the bundle, with a slash at its end. */
export function showDocuments({ documents }: Pick<BundleInfo, "documents">, folder: string): void {
  const texts = strings.answer;
  /** By the bundle's files. */
  const names: Readonly<Record<string, string>> = {
    "README.md": texts.modelCard,
    "report.html": texts.report,
  };
  // A build may name it in the page's head.
  const source = document.querySelector<HTMLLinkElement>('link[rel="code-repository"]')?.href;
  const links = [
    ...documents.map((file) => [names[file]!, folder + file] as const),
    ...(source === undefined ? [] : [[texts.source, source] as const]),
  ];
  byId("documents").replaceChildren(
    ...links.map(([text, href]) => create("li", {}, create("a", { href }, text))),
  );
}
