/** Which of its languages a page speaks. */

/** By BCP 47 tag, each in its own words. */
export const LANGUAGES = { en: "English", vi: "Tiếng Việt" } as const;
export type Language = keyof typeof LANGUAGES;

/** Where the user's choice is kept. */
const KEY = "marquee:language";

/** The user's choice; else the first of the browser's languages that there is; else English. */
export function chosenLanguage(): Language {
  return known(stored()) ?? preferred(globalThis.navigator?.languages ?? []);
}

/** @param wanted Tags in order of preference: "vi-VN". */
export function preferred(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const language = known(tag.split("-")[0]!.toLowerCase());
    if (language) return language;
  }
  return "en";
}

/** For the next time a page is opened. */
export function storeLanguage(language: Language): void {
  try {
    localStorage.setItem(KEY, language);
  } catch {
    // The browser forbids storage: the choice holds for no other visit.
  }
}

function stored(): string | undefined {
  try {
    return localStorage.getItem(KEY) ?? undefined;
  } catch {
    return undefined;
  }
}

function known(tag: string | undefined): Language | undefined {
  return tag !== undefined && Object.hasOwn(LANGUAGES, tag) ? (tag as Language) : undefined;
}
