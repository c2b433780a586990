/** Random small functional models convert and agree with TensorFlow.js. */
import { test } from "node:test";
import fc from "fast-check";
import { convert } from "../../../pipeline/export/convert.ts";
import { artifactsOf, checkWithPython, compare, feed, hasChecker, seedWeights } from "./parity.ts";
import { randomModel, type Step } from "./random-models.ts";

const RUNS = 500;
/** Another seed: RANDOM_MODELS_SEED=1 npm test. */
const SEED = Number(process.env.RANDOM_MODELS_SEED ?? 20_240_229);

const step: fc.Arbitrary<Step> = fc.tuple(fc.nat(30), fc.nat(400), fc.nat(63), fc.nat(63));

test(`${RUNS} random models convert and agree`, async (t) => {
  t.diagnostic(`seed ${SEED}`);
  const graphs = new Map<string, Uint8Array>();
  const program = fc.tuple(
    fc.array(fc.nat(3), { minLength: 1, maxLength: 3 }),
    fc.array(step, { minLength: 1, maxLength: 14 }),
  );
  await fc.assert(
    fc.asyncProperty(program, async ([kinds, steps]) => {
      const model = randomModel(kinds, steps);
      seedWeights(model, steps.length);
      const conversion = convert(await artifactsOf(model));
      const feeds = model.inputs.map((x, i) => feed([2, ...(x.shape.slice(1) as number[])], i + 1));
      try {
        await compare(model, conversion, feeds, 1e-4, { relative: true });
        if (graphs.size < 60) graphs.set(`random_${graphs.size}`, conversion.onnx);
      } finally {
        model.dispose();
      }
    }),
    { numRuns: RUNS, seed: SEED, includeErrorInReport: true },
  );
  if (hasChecker()) checkWithPython(graphs);
});
