/** `npm run setup:tensorflow`: the backends `tensorflow` and `tensorflow-gpu`, for this machine. */

import { join, resolve } from "node:path";
import * as z from "zod";
import { runCommand } from "../../../node/command.ts";
import { findNative, NATIVE_FOLDER } from "../../../node/native.ts";
import { createConsole } from "../../../pipeline/common/console.ts";
import { checkRequired } from "../check.ts";
import { bringLibraries } from "../libraries.ts";
import { driverVersion, wheelsOf } from "../nvidia.ts";
import { TFJS_NODE } from "../packages.ts";
import { makePart } from "../part.ts";
import { checkRequirements, compiler, disk, driver, PLATFORM, pip } from "../requirements.ts";
import { TENSORFLOW, unpackWheels } from "../wheels.ts";
import { buildBinding } from "./build.ts";

const out = createConsole();
/** What TensorFlow's wheel for GPUs is built for. */
const CUDA = 12;

const program = {
  name: "npm run setup:tensorflow --",
  description: `Builds TensorFlow's Node binding for the backend tensorflow, into ${NATIVE_FOLDER}/: its sources come from the npm registry, TensorFlow itself from PyPI.`,
  schema: z.strictObject({
    gpu: z
      .boolean()
      .default(false)
      .describe(`for the backend tensorflow-gpu: with CUDA ${CUDA} and cuDNN 9`),
    fetchLibraries: z
      .boolean()
      .default(false)
      .describe("with --gpu: fetch CUDA libraries that are not on this machine from PyPI"),
    withoutDriver: z
      .boolean()
      .default(false)
      .describe("with --gpu: also without a GPU, e.g. for an image"),
    again: z.boolean().default(false).describe("even if it is already set up"),
  }),
};

await runCommand(program, async ({ gpu, fetchLibraries, withoutDriver, again }) => {
  const part = gpu ? "tensorflow-gpu" : "tensorflow";
  const wheel = TENSORFLOW[gpu ? "gpu" : "cpu"];
  const versions = {
    [wheel.name]: wheel.version,
    [gpu ? `${TFJS_NODE.name}-gpu` : TFJS_NODE.name]: TFJS_NODE.version,
  };
  const before = findNative(part);
  if (!again && JSON.stringify(before?.versions) === JSON.stringify(versions)) {
    out.line(`${before!.folder} is already set up; --again rebuilds it`);
    return undefined;
  }
  const python = process.env.PYTHON ?? "python3";
  const cxx = process.env.CXX ?? "g++";
  const wheels = gpu ? wheelsOf(CUDA, "tensorflow") : [];
  const libraries = fetchLibraries ? wheels.reduce((sum, { size }) => sum + size, 0) : 0;
  await checkRequirements([
    PLATFORM,
    pip(python),
    compiler(cxx),
    // The archives, and all their files before most of them are removed.
    disk(resolve(NATIVE_FOLDER), 2 * (wheel.size + libraries)),
    ...(gpu && !withoutDriver ? [driver(CUDA, await driverVersion())] : []),
  ]);
  const folder = await makePart(part, { versions }, async (made, work) => {
    if (gpu) {
      out.stage("Looking for CUDA's libraries");
      const lib = join(made, "lib");
      out.line(
        `  ${await bringLibraries({ wheels, fetch: fetchLibraries, python, out: lib, work })}`,
      );
    }
    out.stage(`Fetching ${wheel.name} ${wheel.version}`);
    await unpackWheels([wheel], python, join(work, "tensorflow"));
    out.stage("Compiling the binding");
    const files = join(work, "tensorflow/files");
    await buildBinding({ wheel: files, compiler: cxx, work, out: made });
  });
  out.line(`  ${folder}`);
  out.stage("Trying it");
  return checkRequired("backend", part, out, withoutDriver);
});
