import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeUtf8 } from "../../../../serve/core/body/utf8.ts";

test("what is UTF-8 is decoded, whatever it says", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      assert.equal(decodeUtf8(Buffer.from(text)), text);
    }),
  );
});

test("of other bytes, the error names the place of the first, though U+FFFD itself is before it", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("a", "é", "€", "🎬", "\uFFFD") }),
      // No character has these bytes.
      fc.constantFrom(0xc0, 0xf8, 0xff),
      fc.string(),
      (before, wrong, behind) => {
        const bytes = Buffer.concat([Buffer.from(before), Buffer.of(wrong), Buffer.from(behind)]);
        const shown = before.slice(-20);
        const place = shown === "" ? "at its beginning" : `after ${JSON.stringify(shown)}`;
        // A plain array, as threads are sent.
        assert.throws(() => decodeUtf8(Uint8Array.from(bytes)), {
          name: "SyntaxError",
          message: `it is not UTF-8 ${place}; write it as UTF-8`,
        });
      },
    ),
  );
});
