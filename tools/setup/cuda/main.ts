/** `npm run setup:cuda`: ONNX Runtime's execution provider `cuda`, for this machine. */

import { resolve } from "node:path";
import * as z from "zod";
import { runCommand } from "../../../node/command.ts";
import { runtimeFolder } from "../../../node/cudaProvider.ts";
import { findNative, NATIVE_FOLDER } from "../../../node/native.ts";
import { packageVersion } from "../../../node/packageVersion.ts";
import { createConsole } from "../../../pipeline/common/console.ts";
import { checkRequired } from "../check.ts";
import { bringLibraries } from "../libraries.ts";
import { type CudaVersion, driverVersion, wheelsOf } from "../nvidia.ts";
import { makePart } from "../part.ts";
import { checkRequirements, disk, driver, PLATFORM, pip } from "../requirements.ts";
import { ONNXRUNTIME } from "../wheels.ts";
import { linkLibraries } from "./link.ts";
import { fetchProvider } from "./provider.ts";

const out = createConsole();

const program = {
  name: "npm run setup:cuda --",
  description: `Gives onnxruntime-node its CUDA provider, in ${NATIVE_FOLDER}/, and links CUDA's libraries beside it. After npm ci, it only links them again.`,
  schema: z.strictObject({
    cuda: z
      .enum(["auto", "12", "13"])
      .default("auto")
      .describe("version of CUDA; auto: the newest that the driver runs"),
    fetchLibraries: z
      .boolean()
      .default(false)
      .describe("fetch CUDA libraries that are not on this machine from PyPI (up to 2 GB)"),
    withoutDriver: z
      .boolean()
      .default(false)
      .describe("also without a GPU, e.g. for an image; needs --cuda"),
    again: z.boolean().default(false).describe("even if it is already set up"),
  }),
};

await runCommand(program, async ({ cuda, fetchLibraries, withoutDriver, again }) => {
  const onnxruntime = packageVersion("onnxruntime-node");
  if (onnxruntime !== ONNXRUNTIME.version) {
    throw new Error(
      `onnxruntime-node is ${onnxruntime}, but the provider known here is for ${ONNXRUNTIME.version}; update tools/setup/wheels.ts`,
    );
  }
  const before = findNative("cuda");
  const fits = (version: string) =>
    before?.versions.onnxruntime === onnxruntime && before.versions.cuda === version;
  if (before && !again && (cuda === "auto" ? fits(before.versions.cuda!) : fits(cuda))) {
    await linkLibraries(before.folder, runtimeFolder());
    out.line(`${before.folder} is already set up, and linked; --again fetches it again`);
    return report(withoutDriver);
  }
  const newest = await driverVersion();
  const version = (cuda === "auto" ? Math.min(newest ?? 13, 13) : Number(cuda)) as CudaVersion;
  const python = process.env.PYTHON ?? "python3";
  const wheels = wheelsOf(version, "onnxruntime");
  const libraries = fetchLibraries ? wheels.reduce((sum, { size }) => sum + size, 0) : 0;
  await checkRequirements([
    PLATFORM,
    pip(python),
    disk(resolve(NATIVE_FOLDER), 2 * (ONNXRUNTIME.size + libraries)),
    ...(withoutDriver ? [] : [driver(version, newest)]),
  ]);
  const versions = { onnxruntime, cuda: String(version) };
  const folder = await makePart("cuda", { versions }, async (made, work) => {
    out.stage("Looking for CUDA's libraries");
    const origin = await bringLibraries({ wheels, fetch: fetchLibraries, python, out: made, work });
    out.line(`  ${origin}`);
    out.stage(`Fetching the provider for CUDA ${version}`);
    await fetchProvider(version, python, { out: made, work });
  });
  await linkLibraries(folder, runtimeFolder());
  out.line(`  ${folder}`);
  return report(withoutDriver);
});

/** @returns The exit code. */
function report(withoutDriver: boolean): number {
  out.stage("Trying it");
  return checkRequired("provider", "cuda", out, withoutDriver);
}
