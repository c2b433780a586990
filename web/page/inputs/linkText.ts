/** Lists of lists as text in a link: `_` stands between the entries of a list, and `~` between the parts of an entry. */

import { InputError } from "../../../predictor/errors.ts";
import { issueOf } from "../../../predictor/issues.ts";

/** Missing parts are empty, and left out at the end. */
export function writeParts(entries: readonly (readonly unknown[])[]): string {
  return entries
    .map((parts) =>
      // Both separators are characters that encodeURIComponent leaves alone.
      parts
        .map((part) =>
          encodeURIComponent(String(part ?? ""))
            .replaceAll("~", "%7E")
            .replaceAll("_", "%5F"),
        )
        .join("~")
        .replace(/~+$/, ""),
    )
    .join("_");
}

/** @throws InputError naming the input where an entry is not as `writeParts` writes it. */
export function readParts(text: string, name: string): string[][] {
  try {
    return text.split("_").map((entry) => entry.split("~").map(decodeURIComponent));
  } catch {
    throw new InputError(name, issueOf("notReadInLink"));
  }
}
