/** All that the converter page says, in the user's language: see strings.ts. */

import type { ConvertStrings } from "./en/convert.en.ts";
import { chosenLanguage, type Language } from "./language.ts";

const TABLES: Readonly<Record<Language, () => Promise<ConvertStrings>>> = {
  en: async () => (await import("./en/convert.en.ts")).en,
  vi: async () => (await import("./vi/convert.vi.ts")).vi,
};

/** To be used after `loadStrings` only. */
export let strings: ConvertStrings;

/**
 * @returns The language.
 * @throws Error if the table cannot be loaded.
 */
export async function loadStrings(): Promise<Language> {
  const language = chosenLanguage();
  strings = await TABLES[language]();
  return language;
}
