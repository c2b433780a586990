import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { roundedUp } from "../../../web/page/roundedUp.ts";

test("a bound has two digits and is never below what was measured", () => {
  assert.equal(roundedUp(0), "0.0e+0");
  assert.equal(roundedUp(0.0025), "2.5e-3");
  assert.equal(roundedUp(0.00251), "2.6e-3");
  assert.equal(roundedUp(0.000994), "1.0e-3");
  fc.assert(
    fc.property(fc.double({ min: 1e-9, max: 1, noNaN: true }), (value) => {
      const bound = Number(roundedUp(value));
      assert.ok(bound >= value && bound <= value * 1.1001);
    }),
  );
});
