/** Links to what there is to read: the bundle's model card and report beside its manifest, and the program's source. */

import type { BundleInfo } from "../worker/protocol.ts";
import { byId, create } from "./dom.ts";

/** By the bundle's files. */
const NAMES: Readonly<Record<string, string>> = {
  "README.md": "Model card",
  "report.html": "Training report",
};

/** @param folder Of the bundle, with a slash at its end. */
export function showDocuments({ documents }: Pick<BundleInfo, "documents">, folder: string): void {
  // A build may name it in the page's head.
  const source = document.querySelector<HTMLLinkElement>('link[rel="code-repository"]')?.href;
  const links = [
    ...documents.map((file) => [NAMES[file]!, folder + file] as const),
    ...(source === undefined ? [] : [["Source code", source] as const]),
  ];
  byId("documents").replaceChildren(
    ...links.map(([text, href]) => create("li", {}, create("a", { href }, text))),
  );
}
