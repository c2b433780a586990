import assert from "node:assert/strict";
import { test } from "node:test";
import { isStillTyped } from "../../../../web/page/answer/history.ts";

test("a text or number that goes on, or is taken back, is still being typed; all else is another item", () => {
  const title = (text: string) => ({ title: text, poster: true });
  assert.ok(isStillTyped(title("The Ha"), title("The Haunted")));
  assert.ok(isStillTyped(title("The Haunted"), title("The Ha")));
  assert.ok(isStillTyped({ price: 19 }, { price: 199.5 }));
  assert.ok(!isStillTyped(title("Heat"), title("Alien")));
  assert.ok(!isStillTyped(title("Heat"), { title: "Heat" }), "without the poster");
  assert.ok(!isStillTyped(title("Heat"), { ...title("Heater"), year: 1995 }), "two changes");
  assert.ok(!isStillTyped({ poster: true }, { poster: true }), "another file");
});
