/** Options of convert() that do not exist are errors, for a misspelt one would have no effect. */
import type { ConvertOptions } from "./convert.ts";
import { type ConversionIssue, ConvertError } from "./errors.ts";
import { nearest } from "./nearest.ts";

const OPTIONS: Readonly<Record<keyof Required<ConvertOptions>, true>> = {
  dtype: true,
  inputs: true,
  outputNames: true,
  name: true,
  docString: true,
  metadata: true,
  batchName: true,
};
type InputOptions = NonNullable<ConvertOptions["inputs"]>[string];
const INPUT_OPTIONS: Readonly<Record<keyof Required<InputOptions>, true>> = {
  dtype: true,
  shape: true,
};

/** @throws ConvertError with every option that convert() does not have, and the nearest that it has. */
export function checkOptions(options: ConvertOptions): void {
  const issues: ConversionIssue[] = [];
  const check = (given: object, known: Readonly<Record<string, true>>, path: string) => {
    for (const key of Object.keys(given).filter((k) => !Object.hasOwn(known, k))) {
      const names = Object.keys(known);
      const meant = nearest(key, names);
      issues.push({
        path: `${path}.${key}`,
        message: meant
          ? `there is no such option; did you mean "${meant}"?`
          : `there is no such option; options are ${names.join(", ")}`,
      });
    }
  };
  check(options, OPTIONS, "options");
  for (const [name, input] of Object.entries(options.inputs ?? {}))
    check(input, INPUT_OPTIONS, `options.inputs.${name}`);
  if (issues.length > 0) throw new ConvertError(issues);
}
