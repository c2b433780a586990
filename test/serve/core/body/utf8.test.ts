import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeUtf8 } from "../../../../serve/core/body/utf8.ts";

/** Characters of one to four bytes, and the one that stands for what is none. */
const CHARACTERS = ["a", "é", "€", "🎬", "\uFFFD"];
const TEXTS = [
  "",
  ...CHARACTERS,
  ...CHARACTERS.flatMap((first) => CHARACTERS.map((second) => `${first}${second}b`)),
  CHARACTERS.join("").repeat(20),
];

test("what is UTF-8 is decoded, whatever it says", () => {
  for (const text of TEXTS) assert.equal(decodeUtf8(Buffer.from(text)), text);
});

test("of other bytes, the error names the place of the first, though U+FFFD itself is before it", () => {
  // No character has or begins with these, or ends after them.
  const wrong = [[0xc0], [0xff], [0x80], [0xe2, 0x82], [0xf0, 0x9f, 0x8e]];
  for (const before of TEXTS) {
    for (const bytes of wrong) {
      const shown = before.slice(-20);
      const place = shown === "" ? "at its beginning" : `after ${JSON.stringify(shown)}`;
      // A plain array, as threads are sent.
      const whole = Uint8Array.from([...Buffer.from(before), ...bytes, 0x61, 0xff]);
      assert.throws(() => decodeUtf8(whole), {
        name: "SyntaxError",
        message: `it is not UTF-8 ${place}; save it as UTF-8`,
      });
    }
  }
});
