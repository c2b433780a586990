/** Operators of graph models in half precision: those that lack it, and those that compare with infinity. */
import { test } from "node:test";
import { convert } from "../../../../pipeline/export/convert.ts";
import { CASES, graphOf, LAYOUTS } from "./allCases.ts";
import { assertAgree, runConverted, runOriginal } from "./compare.ts";

/** What half precision rounds off, relative to the largest value. */
const HALF = 2e-3;

for (const op of ["IsInf", "Range", "ScatterNd", "TensorScatterUpdate"]) {
  test(`${op} in fp16, with parameters that the graph computes`, async () => {
    for (const example of CASES[op]!) {
      const { artifacts, feeds, edges } = graphOf(op, example, LAYOUTS["computed parameters"]);
      const expected = example.expected ?? (await runOriginal(artifacts, feeds, edges));
      const conversion = convert(artifacts, { dtype: "fp16" });
      assertAgree(conversion, await runConverted(conversion, feeds), expected, HALF);
    }
  });
}
