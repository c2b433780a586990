/** Names of inputs as words in sentences. */

import { strings } from "../strings/strings.ts";

/** "posterImage" and "poster_image" are "poster image"; words in capitals stay: "IMDB_Rating" is "IMDB rating". In the page's language. */
export function readable(name: string): string {
  const words = name
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .split(/[_\s]+/)
    .filter((word) => word !== "")
    .map((word) => (/^[A-Z\d]{2,}$/.test(word) ? word : word.toLowerCase()))
    .join(" ");
  return strings.term(words);
}

/** Characters of a text that are quoted. */
const QUOTED = 60;

/** "“Heat”", cut short where it is long. */
export function quoted(text: string): string {
  const characters = [...text.trim().replace(/\s+/g, " ")];
  const cut = characters.length > QUOTED;
  return `“${characters.slice(0, cut ? QUOTED - 1 : QUOTED).join("")}${cut ? "…" : ""}”`;
}
