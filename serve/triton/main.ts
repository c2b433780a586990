/** `npm run export:triton`: a bundle as a model repository of the Triton Inference Server. */

import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { openBundle } from "../../node/bundle.ts";
import { runCommand } from "../../node/command.ts";
import { writeFileAtomic } from "../../node/files.ts";
import { findBundle, modelOption } from "../../node/findBundle.ts";
import { PRECISIONS } from "../../predictor/manifest.ts";
import { LABELS_FILE, labelsOf, tritonConfig } from "./config.ts";

const program = {
  name: "npm run export:triton --",
  description: "Writes a bundle into a model repository of the Triton Inference Server.",
  schema: z.strictObject({
    model: modelOption,
    out: z
      .string()
      .min(1)
      .default("triton")
      .describe("model repository; the bundle becomes a new version in it"),
    precision: z.enum(PRECISIONS).default("fp32").describe("which of the bundle's graphs"),
    maxBatch: z.int().positive().default(64).describe("maximum items per batch"),
    maxDelayMs: z
      .number()
      .min(0)
      .default(1)
      .describe("maximum wait to fill a batch, in milliseconds"),
  }),
};

await runCommand(program, async (options) => {
  const { path, version } = await exportTriton(options);
  process.stdout.write(
    `${path} holds version ${version}; start Triton with --model-repository=${options.out}\n`,
  );
  return 0;
});

/** The graph appears under a new version at once, so that a Triton that polls never sees half of it. */
async function exportTriton({
  model,
  out,
  precision,
  maxBatch,
  maxDelayMs,
}: z.infer<typeof program.schema>) {
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
  const labels = labelsOf(manifest);
  if (labels.length > 0) {
    await writeFileAtomic(join(path, LABELS_FILE), `${labels.join("\n")}\n`);
  }
  await writeFileAtomic(join(path, "config.pbtxt"), config);
  await rename(hidden, join(path, String(version)));
  return { path, version };
}
