/** Texts of scripts that put no spaces between words: what is between two marks is many words. */

/** Letters of such scripts. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/gu;
const WORD = /[\p{L}\p{M}\p{N}]+/gu;
/** Letters between spaces and marks, on average: with more, these are several words. */
const LONG = 5;
/** Share of the letters that has to be of such scripts. */
const MOST = 0.5;
/** Texts that are looked at, and characters of each. */
const TEXTS = 10_000;
const CHARACTERS = 1000;

/** Adds up texts; the first of many are enough. */
export function createUnspacedCheck() {
  let [texts, words, characters, letters] = [0, 0, 0, 0];
  return {
    add(text: string): void {
      if (texts++ >= TEXTS) return;
      const start = text.slice(0, CHARACTERS);
      for (const [word] of start.matchAll(WORD)) {
        words++;
        characters += word.length;
      }
      letters += start.match(UNSPACED)?.length ?? 0;
    },
    /** Whether most texts are in such a script, without spaces that tell words. */
    result: (): boolean => letters > MOST * characters && characters > LONG * words,
  };
}
