/** Environment variables that options may be given in. */

import { OptionsError } from "./optionsError.ts";
import { assign, kebab, type Setting } from "./setting.ts";
import { parseValue } from "./value.ts";

/** `MARQUEE_` and `{ maxBatch }` make MARQUEE_MAX_BATCH. */
export function variableOf(prefix: string, path: readonly string[]): string {
  return prefix + kebab(path.join("-")).replaceAll("-", "_").toUpperCase();
}

export function readEnvironment(
  prefix: string,
  settings: readonly Setting[],
  environment: Readonly<Record<string, string | undefined>>,
  target: Record<string, unknown>,
): void {
  for (const { path, schema } of settings) {
    const name = variableOf(prefix, path);
    const text = environment[name];
    // An empty variable is how many tools say "not set".
    if (text === undefined || text === "") continue;
    if (schema.type === "boolean") {
      if (!/^(true|false|1|0)$/i.test(text)) {
        throw new OptionsError(`${name} is "${text}"; give true or false`);
      }
      assign(target, path, /^(true|1)$/i.test(text));
      continue;
    }
    try {
      assign(target, path, parseValue(text, schema));
    } catch (error) {
      throw new OptionsError(`${name} is "${text}": ${(error as Error).message}`);
    }
  }
}
