/** What the fit of an input sees, for tests: training items alone, unless others are given. */

import { createRandom } from "../../../pipeline/common/random.ts";
import { createConfigSchema } from "../../../pipeline/config/schema.ts";
import type { LabelledMovie, Value } from "../../../pipeline/dataset/dataset.ts";
import type { FitContext } from "../../../pipeline/fit/inputFit.ts";
import type { DeclaredInputs } from "../../../pipeline/inputs/data.ts";
import { labelsTarget } from "../labelsTarget.ts";

export function itemsOf(name: string, values: readonly (Value | undefined)[]): LabelledMovie[] {
  return values.map((value, i) => ({
    id: `${i}`,
    values: value === undefined ? {} : { [name]: value },
    labels: [],
    split: "train",
  }));
}

export function contextOf(
  inputs: DeclaredInputs,
  seen: readonly LabelledMovie[],
  { others = [], options = {} }: { others?: readonly LabelledMovie[]; options?: object } = {},
): FitContext {
  return {
    config: createConfigSchema(inputs).parse(options),
    dataset: {
      name: "shop",
      synthetic: false,
      inputs,
      labels: ["a", "b"],
      users: {},
      movies: [...seen, ...others],
      issues: [],
      issueCounts: {},
      noteCounts: {},
      sha256: "",
    },
    seen,
    training: seen,
    target: labelsTarget(["a", "b"]),
    basis: undefined,
    random: createRandom(1),
  };
}
