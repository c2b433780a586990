/** The first letter of a sentence. */

/** "title" is "Title". */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** "The model says" is "the model says". */
export function uncapital(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
