/** Random small graph models convert and agree with TensorFlow.js. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { convert } from "../../../../pipeline/export/convert.ts";
import { ConvertError } from "../../../../pipeline/export/errors.ts";
import { assertAgree, runConverted, runOriginal } from "./compare.ts";
import type { Value } from "./graphs.ts";
import { randomGraph, type Step } from "./randomGraphs.ts";

const RUNS = 300;
/** Another seed: RANDOM_MODELS_SEED=1 npm test. */
const SEED = Number(process.env.RANDOM_MODELS_SEED ?? 20_240_229);
/** Products of products: rounding of values of this size says nothing. */
const LARGE = 1e4;

const step: fc.Arbitrary<Step> = fc.tuple(fc.nat(30), fc.nat(400), fc.nat(63), fc.nat(63));

test(`${RUNS} random graphs convert and agree`, async (t) => {
  t.diagnostic(`seed ${SEED}`);
  const operators = new Set<string>();
  let [agreed, open, large] = [0, 0, 0];
  const program = fc.tuple(
    fc.array(fc.nat(5), { minLength: 1, maxLength: 3 }),
    fc.array(step, { minLength: 1, maxLength: 14 }),
  );
  await fc.assert(
    fc.asyncProperty(program, async ([kinds, steps]) => {
      const { artifacts, feeds, edges } = randomGraph(kinds, steps);
      const expected = await runOriginal(artifacts, feeds, edges);
      if (!expected.every(isModerate)) return void large++;
      try {
        const conversion = convert(artifacts);
        assertAgree(conversion, await runConverted(conversion, feeds), expected, 1e-4);
      } catch (error) {
        // of dynamic sizes, some must be known
        if (!(error instanceof ConvertError) || !/fixed shape/.test(error.message)) throw error;
        return void open++;
      }
      agreed++;
      const { node } = artifacts.modelTopology as { node: { op: string }[] };
      for (const { op } of node) operators.add(op);
    }),
    { numRuns: RUNS, seed: SEED, includeErrorInReport: true },
  );
  t.diagnostic(
    `${agreed} agreed, ${open} need fixed sizes, ${large} have large values; ${operators.size} operators`,
  );
  assert.ok(agreed > 0.8 * RUNS, `${agreed} of ${RUNS} compared`);
  assert.ok(operators.size > 50, `${operators.size} operators`);
});

const isModerate = ({ data }: Value) => data.every((v) => Math.abs(v) < LARGE);
