/** Names of inputs as words in sentences. */

/** "posterImage" and "poster_image" are "poster image"; words in capitals stay: "IMDB_Rating" is "IMDB rating". */
export function readable(name: string): string {
  return name
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .split(/[_\s]+/)
    .filter((word) => word !== "")
    .map((word) => (/^[A-Z\d]{2,}$/.test(word) ? word : word.toLowerCase()))
    .join(" ");
}

/** "title" is "Title". */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** "The model says" is "the model says". */
export function uncapital(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** "a title", "an image"; what looks like a plural stays as it is: "ratings". */
export function withA(noun: string): string {
  if (isPlural(noun)) return noun;
  return `${/^[aeiou]/i.test(noun) ? "an" : "a"} ${noun}`;
}

/** "the title"; what looks like a plural stays as it is: "ratings". */
export function withThe(noun: string): string {
  return isPlural(noun) ? noun : `the ${noun}`;
}

/** "The title is too long"; "Tags: has 3 values", as what is wrong is said of one thing. */
export function sentenceOn(noun: string, detail: string): string {
  return isPlural(noun) ? `${capital(noun)}: ${detail}` : `The ${noun} ${detail}`;
}

/** Characters of a text that are quoted. */
const QUOTED = 60;

/** "“Heat”", cut short where it is long. */
export function quoted(text: string): string {
  const characters = [...text.trim().replace(/\s+/g, " ")];
  const cut = characters.length > QUOTED;
  return `“${characters.slice(0, cut ? QUOTED - 1 : QUOTED).join("")}${cut ? "…" : ""}”`;
}

function isPlural(noun: string): boolean {
  return /[^s]s$/.test(noun);
}

/** "a", "a and b", "a, b, and c" */
export function listed(names: readonly string[]): string {
  return new Intl.ListFormat("en", { type: "conjunction" }).format(names);
}
