/** The component's style sheet. */

import css from "./element.css?inline";

/** When the site's pages are dark: by the user's setting where they have both, as CSS says of `color-scheme`. */
function darkWhen(colorScheme: string): string {
  if (!colorScheme.includes("dark")) return "(max-width: -1px)"; // never
  return colorScheme.includes("light") ? "(prefers-color-scheme: dark)" : "(min-width: 0)";
}

/** @param colorScheme Of the element's surroundings, as computed. */
export function styleSheet(colorScheme: string): CSSStyleSheet {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(
    css
      .replaceAll(":root", ":host")
      .replace(/(?<!-)color-scheme:[^;}]*/g, "")
      .replace(/\(prefers-color-scheme:\s*dark\)/g, darkWhen(colorScheme)),
  );
  return sheet;
}
