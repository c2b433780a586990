/**
 * The program of run.sh: links CUDA's libraries beside ONNX Runtime, measures one provider, or reports on all of them.
 *
 *   run.mjs --link
 *   run.mjs --provider cuda|webgpu|cpu --results FOLDER --seconds N
 *   run.mjs --report --results FOLDER
 */

import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { runtimeFolder } from "../../../node/cudaProvider.ts";
import { type Provider, reasonOf } from "../../../node/session.ts";
import { linkFound } from "../../../tools/setup/cuda/link.ts";
import { findLibraries, wheelsOf } from "../../../tools/setup/nvidia.ts";
import { watchGpu } from "../utilisation.ts";
import type { BenchModel } from "./feeds.ts";
import { type Measurement, measureProvider } from "./measure.ts";
import { type ProviderResult, report } from "./report.ts";

const { values } = parseArgs({
  options: {
    link: { type: "boolean" },
    report: { type: "boolean" },
    provider: { type: "string" },
    results: { type: "string" },
    seconds: { type: "string", default: "3" },
  },
});

if (values.link) await link();
else if (values.report) process.stdout.write(report(values.results!));
else await measure(values.provider as Provider, values.results!);

async function link(): Promise<void> {
  const { found, missing } = await findLibraries(wheelsOf(13, "onnxruntime"), "python3");
  await linkFound(found, runtimeFolder());
  for (const [name, path] of found) console.log(`${name} ${path}`);
  for (const { name } of missing) console.log(`nowhere: the libraries of ${name}`);
}

async function measure(provider: Provider, results: string): Promise<void> {
  const folder = join(import.meta.dirname, "models");
  const list = JSON.parse(readFileSync(join(folder, "models.json"), "utf8")) as Omit<
    BenchModel,
    "onnx"
  >[];
  const models = list.map((model) => ({
    ...model,
    onnx: readFileSync(join(folder, `${model.name}.onnx`)),
  }));
  const watch = provider === "cpu" ? undefined : watchGpu(join(results, `${provider}.csv`));
  const measured: Measurement[] = [];
  const write = (more: Partial<ProviderResult>) => {
    const processor = `${cpus()[0]?.model.trim()}, ${cpus().length} processors`;
    const result: ProviderResult = { provider, processor, measured, ...more };
    writeFileSync(join(results, `${provider}.json`), JSON.stringify(result));
  };
  try {
    await measureProvider(provider, models, Number(values.seconds), (one) => {
      measured.push(one);
      write({});
    });
    const utilisation = watch?.stop();
    write({ finished: true, ...(utilisation === undefined ? {} : { utilisation }) });
  } catch (error) {
    watch?.stop();
    write({ reason: reasonOf(error as Error) });
  }
  // Some drivers do not survive being closed.
  process.exit(0);
}
