/** `npm run export:triton`: a bundle as a model repository of the Triton Inference Server. */

import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { openBundle } from "../../node/bundle.ts";
import { writeFileAtomic } from "../../node/files.ts";
import { findBundle } from "../../node/findBundle.ts";
import { PRECISION_FILES, type Precision } from "../../predictor/manifest.ts";
import { LABELS_FILE, tritonConfig } from "./config.ts";

interface Options {
  readonly model?: string;
  readonly out: string;
  readonly precision: Precision;
  readonly maxBatch: number;
  readonly maxDelayMs: number;
}

const options = new Command("npm run export:triton --")
  .description("Writes a bundle into a model repository of the Triton Inference Server.")
  .option("--model <folder>", "bundle; default: models/ml1m, or the newest under models/")
  .option("--out <folder>", "model repository; the bundle becomes a new version in it", "triton")
  .addOption(
    new Option("--precision <name>", "which of the bundle's graphs")
      .choices(Object.keys(PRECISION_FILES))
      .default("fp32"),
  )
  .option("--max-batch <number>", "most movies that are run together", positive, 64)
  .option("--max-delay-ms <number>", "longest wait for more of them", delay, 1)
  .parse()
  .opts<Options>();

try {
  const { path, version } = await exportTriton(options);
  process.stdout.write(
    `${path} holds version ${version}; start Triton with --model-repository=${options.out}\n`,
  );
} catch (error) {
  const { message, stack } = error as Error;
  process.stderr.write(`error: ${process.env.DEBUG ? stack : message}\n`);
  process.exitCode = 1;
}

/** The graph appears under a new version at once, so that a Triton that polls never sees half of it. */
async function exportTriton({ model, out, precision, maxBatch, maxDelayMs }: Options) {
  const { manifest, graph } = await openBundle(model ?? (await findBundle()), precision);
  const path = join(out, manifest.name);
  const config = tritonConfig(manifest, {
    maxBatch,
    maxDelayMicroseconds: Math.round(maxDelayMs * 1000),
  });
  await mkdir(path, { recursive: true });
  const versions = (await readdir(path)).filter((name) => /^\d+$/.test(name)).map(Number);
  const version = Math.max(0, ...versions) + 1;
  const hidden = join(path, `.${version}`);
  await rm(hidden, { recursive: true, force: true });
  await mkdir(hidden);
  await writeFile(join(hidden, "model.onnx"), graph);
  await writeFileAtomic(join(path, LABELS_FILE), `${manifest.labels.join("\n")}\n`);
  await writeFileAtomic(join(path, "config.pbtxt"), config);
  await rename(hidden, join(path, String(version)));
  return { path, version };
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    throw new InvalidArgumentError("It must be a whole number of at least 1.");
  }
  return value;
}

function delay(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0)) throw new InvalidArgumentError("It must be a number.");
  return value;
}
