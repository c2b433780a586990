/** All that the page says, in the user's language: load.ts puts its table here. */

import type { Strings } from "./en/page.en.ts";
import type { Language } from "./language.ts";

/** To be used once there are any: not while modules are being loaded. */
export let strings: Strings;
/** That of `strings`; undefined before there are any, as in a program that shows nothing. */
export let language: Language | undefined;

export function setStrings(table: Strings, of: Language): void {
  strings = table;
  language = of;
}
