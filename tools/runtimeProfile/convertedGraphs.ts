/** What the converter's tests convert: models with every layer, and graphs with every operator. */

import { type Conversion, convert } from "../../pipeline/export/convert.ts";
import { ConvertError } from "../../pipeline/export/errors.ts";
import { ALL_CASES } from "../../test/pipeline/export/allCases.ts";
import { CASES, graphOf, LAYOUTS } from "../../test/pipeline/export/graph/allCases.ts";
import { artifactsOf, seedWeights } from "../../test/pipeline/export/parity.ts";
import type { Input, Workload } from "./workload.ts";

const PRECISIONS = ["fp32", "fp16", "q8"] as const;

export async function* convertedGraphs(): AsyncGenerator<Workload> {
  for (const [name, make] of Object.entries(ALL_CASES)) {
    const { model, feeds, options = {} } = make();
    seedWeights(model, 1);
    const artifacts = await artifactsOf(model);
    for (const precision of PRECISIONS) {
      const conversion = attempt(() => convert(artifacts, { ...options, dtype: precision }));
      if (!conversion) continue;
      const run = conversion.inputs.map(({ name: input, dtype }, i) => {
        const { shape, data } = feeds[i]!;
        return [input, { type: dtype, dims: shape, data }] as [string, Input];
      });
      yield workload(`${name}, ${precision}`, conversion, run);
    }
  }
  for (const [op, cases] of Object.entries(CASES)) {
    for (const [i, example] of cases.entries()) {
      for (const layout of ["fixed", "dynamic sizes"] as const) {
        const { artifacts, feeds } = graphOf(op, example, LAYOUTS[layout]);
        const conversion = attempt(() => convert(artifacts));
        if (!conversion) continue;
        const run = Object.entries(feeds).map(([input, { dtype, shape, data }]) => {
          return [input, { type: dtype, dims: shape, data }] as [string, Input];
        });
        const used = run.filter(([input]) => conversion.inputs.some(({ name }) => name === input));
        yield workload(`${op} ${i}, ${layout}`, conversion, used);
      }
    }
  }
}

/** @returns undefined where the converter refuses. */
function attempt(work: () => Conversion): Conversion | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof ConvertError) return undefined;
    throw error;
  }
}

function workload(
  name: string,
  { onnx }: Conversion,
  inputs: readonly (readonly [string, Input])[],
): Workload {
  return {
    name,
    graph: Buffer.from(onnx).toString("base64"),
    runs: [Object.fromEntries(inputs)],
  };
}
