/**
 * Loads the sentences of the user's language: one table for each, of which only the used one is downloaded.
 *
 * English decides which sentences there are: a table that lacks one, or has another, does not compile.
 */

import type { Strings } from "./en/page.en.ts";
import { chosenLanguage, type Language } from "./language.ts";
import { setStrings } from "./strings.ts";

const TABLES: Readonly<Record<Language, () => Promise<Strings>>> = {
  en: async () => (await import("./en/page.en.ts")).en,
  vi: async () => (await import("./vi/page.vi.ts")).vi,
};

/**
 * @param wanted Default: the user's.
 * @throws Error if the table cannot be loaded: without network, it may never have been.
 */
export async function loadStrings(wanted: Language = chosenLanguage()): Promise<void> {
  setStrings(await TABLES[wanted](), wanted);
}
