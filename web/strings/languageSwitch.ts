/** The list of languages in the masthead. */

import { LANGUAGES, type Language, storeLanguage } from "./language.ts";

/** @param current Of the page, which is reloaded in another one. */
export function startLanguageSwitch(current: Language): void {
  const select = document.getElementById("language") as HTMLSelectElement;
  select.replaceChildren(
    ...Object.entries(LANGUAGES).map(([tag, name]) => {
      const option = new Option(name, tag, tag === current, tag === current);
      option.lang = tag;
      return option;
    }),
  );
  select.addEventListener("change", () => {
    storeLanguage(select.value as Language);
    location.reload();
  });
}
