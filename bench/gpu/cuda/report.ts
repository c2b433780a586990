/** Compares execution providers, in Markdown. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PROVIDERS, type Provider } from "../../../node/session.ts";
import type { Utilisation } from "../utilisation.ts";
import type { Measurement } from "./measure.ts";

export interface ProviderResult {
  readonly provider: Provider;
  readonly processor: string;
  /** Why it does not work, or went no further. */
  readonly reason?: string;
  readonly measured: readonly Measurement[];
  /** Whether everything was measured, before the time limit. */
  readonly finished?: true;
  readonly utilisation?: Utilisation;
}

/** @param results Folder with `<provider>.json` of each provider that was tried. */
export function report(results: string): string {
  const all = PROVIDERS.flatMap((provider) => {
    try {
      const text = readFileSync(join(results, `${provider}.json`), "utf8");
      return [JSON.parse(text) as ProviderResult];
    } catch {
      return [];
    }
  });
  const rows = all.flatMap(({ provider, measured }) =>
    measured.map(
      ({ model, batch, itemsPerSecond, p50, difference }) =>
        `| ${model} | ${batch} | ${provider} | ${Math.round(itemsPerSecond)} | ${p50.toPrecision(3)} | ${difference.toExponential(1)} |`,
    ),
  );
  // Providers side by side.
  const order = (row: string) => row.split(" | ").slice(0, 2).join();
  const keys = [...new Set(rows.map(order))];
  rows.sort((a, b) => keys.indexOf(order(a)) - keys.indexOf(order(b)));
  return [
    all[0]?.processor ?? "No provider was tried.",
    "",
    "| model | batch | provider | items/s | p50, ms | largest difference from the CPU |",
    "| --- | ---: | --- | ---: | ---: | ---: |",
    ...rows,
    "",
    ...PROVIDERS.map((name) => {
      const result = all.find(({ provider }) => provider === name);
      const use = result?.utilisation;
      if (!result)
        return `- ${name}: not tried, or ended by its time limit before the first result.`;
      if (result.reason !== undefined) return `- ${name}: ${result.reason}`;
      if (!result.finished) return `- ${name}: ended before all was measured.`;
      return use
        ? `- ${name}: GPU utilisation ${use.percent.toFixed(0)} % on average, memory ${use.memory} MiB at most (${use.samples} samples of nvidia-smi).`
        : `- ${name}: works.`;
    }),
    "",
  ].join("\n");
}
