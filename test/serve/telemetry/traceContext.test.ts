import assert from "node:assert/strict";
import { test } from "node:test";
import { traceParentOf } from "../../../serve/telemetry/traceContext.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";

test("a valid traceparent is read, also of a later version", () => {
  const expected = { traceId: TRACE, spanId: SPAN, flags: 1 };
  assert.deepEqual(traceParentOf({ traceparent: `00-${TRACE}-${SPAN}-01` }), expected);
  assert.deepEqual(traceParentOf({ traceparent: `cc-${TRACE}-${SPAN}-01-more` }), expected);
  assert.equal(traceParentOf({ traceparent: `00-${TRACE}-${SPAN}-00` })!.flags, 0);
});

test("one that is not valid counts as none", () => {
  for (const traceparent of [
    undefined,
    "",
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-01-more`,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${"0".repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${"0".repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    ` 00-${TRACE}-${SPAN}-01`,
  ]) {
    assert.equal(traceParentOf(traceparent === undefined ? {} : { traceparent }), undefined);
  }
});
