/** Every edge of the engine: each phase with each event, those of the table and all others. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { initialStep } from "../../../../web/page/engine/starting.ts";
import { isLeavingGpu, servingModel, transition } from "../../../../web/page/engine/transition.ts";
import { EDGES, from, remembered, started } from "./edges.ts";
import {
  AUTO,
  EVENTS,
  GPU,
  MEASUREMENT,
  OTHER_FILES,
  STATES,
  settings,
  startWasm,
  WASM,
} from "./samples.ts";

/** Fields that exist in one phase only. */
const OWN = [
  "thenTryGpu",
  "threadsFailed",
  "error",
  "adapter",
  "gpu",
  "gpuMs",
  "next",
  "handed",
  "reason",
];

for (const { name, from: state, event, to, effects } of EDGES) {
  test(`${state.phase} + ${event.kind}: ${name}`, () => {
    const before = structuredClone({ ...state, files: undefined, handed: undefined });
    const step = transition(state, event);
    assert.deepEqual(step.effects, effects);
    const kept = Object.entries(state).filter(
      ([key]) =>
        to.phase === state.phase ||
        !(OWN.includes(key) || (key === "model" && to.phase === "failed")),
    );
    assert.deepEqual(step.state, { ...Object.fromEntries(kept), ...to });
    assert.deepEqual({ ...state, files: undefined, handed: undefined }, before, "not changed");
  });
}

const described = new Set(EDGES.map(({ from: { phase }, event }) => `${phase} ${event.kind}`));
for (const state of Object.values(STATES)) {
  test(`${state.phase}: a new file is noted, and every other event leaves it as it is`, () => {
    for (const event of Object.values(EVENTS)) {
      if (described.has(`${state.phase} ${event.kind}`)) continue;
      const expected = event.kind === "fileGiven" ? { ...state, files: OTHER_FILES } : state;
      assert.deepEqual(transition(state, event), { state: expected, effects: [] }, event.kind);
    }
  });
}

test("a device lost twice, as by two calls at a time, starts one WebAssembly", () => {
  const lost = transition(from.onGpu, EVENTS.gpuFailed);
  const again = transition(lost.state, EVENTS.gpuFailed);
  assert.deepEqual(again, { state: lost.state, effects: [] });
  const taking = transition(again.state, started(WASM));
  assert.deepEqual(transition(taking.state, EVENTS.gpuFailed).effects, []);
});

for (const [name, given, phase, effect, webgpu] of [
  ["never measured", AUTO, "startingWasm", startWasm(true), ""],
  [
    "measured to be slower",
    settings({ measurement: { ...MEASUREMENT, faster: "wasm" } }),
    "startingWasm",
    startWasm(true),
    "",
  ],
  ["measured to be faster", settings(remembered), "findingAdapter", { kind: "findAdapter" }, ""],
  [
    "WebAssembly is chosen, whatever was measured",
    settings({ choice: "wasm", ...remembered }),
    "startingWasm",
    startWasm(true),
    "you chose WebAssembly",
  ],
  [
    "WebGPU is chosen",
    settings({ choice: "webgpu" }),
    "findingAdapter",
    { kind: "findAdapter" },
    "",
  ],
] as const) {
  test(`start, ${name}: ${phase}`, () => {
    const { state, effects } = initialStep(given);
    assert.equal(state.phase, phase);
    if (state.phase === "startingWasm") assert.equal(state.thenTryGpu, given.choice === "auto");
    assert.deepEqual(state.reasons, { wasm: "", webgpu });
    assert.deepEqual(state.files, {});
    assert.deepEqual(effects, [effect]);
  });
}

test("who answers in each phase, and when failed calls wait for another provider", () => {
  const serving = Object.values(STATES).map((state) => [
    state.phase,
    servingModel(state)?.provider,
    isLeavingGpu(state),
  ]);
  assert.deepEqual(serving, [
    ["findingAdapter", undefined, false],
    ["startingGpu", undefined, false],
    ["startingWasm", undefined, false],
    ["failed", undefined, false],
    ["onWasm", "wasm", false],
    ["checkingAdapter", "wasm", false],
    ["tryingGpu", "wasm", false],
    ["measuring", "wasm", false],
    ["takingOver", "wasm", false],
    ["onGpu", "webgpu", false],
    ["leavingGpu", "webgpu", true],
  ]);
  assert.ok(isLeavingGpu({ ...from.takingOver, model: GPU, next: WASM }));
});
