/** English nouns in sentences. */

/** "a title", "an image"; what looks like a plural stays as it is: "ratings". */
export function withA(noun: string): string {
  if (isPlural(noun)) return noun;
  return `${/^[aeiou]/i.test(noun) ? "an" : "a"} ${noun}`;
}

/** "the title"; what looks like a plural stays as it is: "ratings". */
export function withThe(noun: string): string {
  return isPlural(noun) ? noun : `the ${noun}`;
}

export function isPlural(noun: string): boolean {
  return /[^s]s$/.test(noun);
}
