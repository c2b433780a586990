/** Sequences' towers: each encoder and attention, in both runtimes, on sequences of several lengths. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { SequenceInput } from "../../../../pipeline/inputs/sequence/fit.ts";
import { sequenceSection } from "../../../../pipeline/inputs/sequence/options.ts";
import { largestDifference, NOTHING, rowsOf, runBoth } from "../anyInputs.ts";

const LONG = [
  [0.5, -1],
  [2, 0.25],
  [-1, 1],
  [0.5, 0.5],
];
const ITEMS = [
  { steps: LONG },
  { steps: LONG.slice(0, 2) },
  { steps: [...LONG].reverse() },
  { steps: [3, -2] },
  {},
];

function sequence(options: object, maxSteps = 4): SequenceInput {
  const spec = { type: "sequence" as const, features: 2, maxSteps, mean: [0.5, 0], std: [2, 1] };
  const parsed = sequenceSection("steps").parse({ units: 5, ...options });
  return { type: "sequence", spec, options: parsed };
}

const ATTENTIONS = ["none", "bahdanau", "luong-dot", "luong-general", "luong-concat"] as const;
const CASES = [
  ...["mean", "cnn", "rnn", "lstm", "gru"].map((encoder) => ({ encoder, attention: "none" })),
  ...ATTENTIONS.slice(1).map((attention) => ({ encoder: "gru", attention })),
  { encoder: "lstm", attention: "bahdanau", bidirectional: true },
  { encoder: "cnn", attention: "luong-dot", kernelSize: 2 },
  { encoder: "mean", attention: "bahdanau" },
];

for (const options of CASES) {
  test(`${Object.values(options).join(", ")}: the graph computes what the model does`, async () => {
    const inputs = { steps: sequence(options) };
    const outputs = await runBoth(inputs, ITEMS);
    assert.ok(largestDifference(outputs) < 1e-5, `${largestDifference(outputs)}`);
    const rows = rowsOf(outputs.tfjs.probabilities!);
    for (const [i, value] of NOTHING.entries()) assert.ok(Math.abs(rows[4]![i]! - value) < 1e-6);
    for (const row of rows.slice(0, 4)) assert.ok(Math.abs(row[0]! - NOTHING[0]!) > 1e-3, `${row}`);
    const differs = (a: number, b: number) => Math.abs(rows[a]![0]! - rows[b]![0]!) > 1e-4;
    assert.ok(differs(0, 1), "fewer steps, another answer");
    // The mean alone does not know the order.
    assert.equal(differs(0, 2), options.encoder !== "mean");
    const attention = outputs.tfjs.steps_attention;
    assert.equal(attention !== undefined, options.attention !== "none");
    if (attention) {
      const shares = rowsOf(attention, 4);
      assert.deepEqual(shares[1]!.slice(2), [0, 0], "nothing on steps that are not there");
      assert.ok(Math.abs(shares[1]![0]! + shares[1]![1]! - 1) < 1e-5);
    }
  });
}

test("places after the last step change nothing", async () => {
  for (const encoder of ["cnn", "gru", "mean"]) {
    const [short, long] = await Promise.all(
      [2, 9].map(async (most) => {
        const { tfjs } = await runBoth({ steps: sequence({ encoder }, most) }, [ITEMS[1]!]);
        return [...tfjs.probabilities!];
      }),
    );
    for (const [i, value] of short!.entries()) {
      assert.ok(Math.abs(value - long![i]!) < 1e-6, `${encoder}: ${value}, ${long![i]}`);
    }
  }
});
