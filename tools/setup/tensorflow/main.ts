/** `npm run setup:tensorflow`: the backends `tensorflow` and `tensorflow-gpu`, for this machine. */

import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { z } from "zod";
import { runCommand } from "../../../node/command.ts";
import { findNative, NATIVE_FOLDER } from "../../../node/native.ts";
import { createConsole } from "../../../pipeline/common/console.ts";
import { TFJS_NODE } from "../packages.ts";
import { makePart } from "../part.ts";
import { checkRequirements, compiler, disk, PLATFORM, pip } from "../requirements.ts";
import { TENSORFLOW, unpackWheels } from "../wheels.ts";
import { buildBinding } from "./build.ts";

const out = createConsole();

const program = {
  name: "npm run setup:tensorflow --",
  description: `Builds TensorFlow's Node binding for the backend tensorflow, into ${NATIVE_FOLDER}/: its sources come from the npm registry, TensorFlow itself from PyPI.`,
  schema: z.strictObject({
    again: z.boolean().default(false).describe("also where it is set up already"),
  }),
};

await runCommand(program, async ({ again }) => {
  const wheel = TENSORFLOW.cpu;
  const part = "tensorflow";
  const versions = { [wheel.name]: wheel.version, [TFJS_NODE.name]: TFJS_NODE.version };
  const record = { versions, sha256: wheel.sha256 };
  const before = findNative(part);
  if (!again && before && JSON.stringify(before.versions) === JSON.stringify(versions)) {
    out.line(`${before.folder} is set up already; --again builds it anew`);
    return undefined;
  }
  const python = process.env.PYTHON ?? "python3";
  const cxx = process.env.CXX ?? "g++";
  await checkRequirements([
    PLATFORM,
    pip(python),
    compiler(cxx),
    // The archive, and all its files before most of them are removed.
    disk(resolve(NATIVE_FOLDER), 2 * wheel.size),
  ]);
  const folder = await makePart(part, record, async (made, work) => {
    out.stage(`Fetching ${wheel.name} ${wheel.version}`);
    await unpackWheels([wheel], python, work);
    out.stage("Compiling the binding");
    await buildBinding({ wheel: join(work, "files"), compiler: cxx, work, out: made });
  });
  out.stage("Trying it");
  return tryBackend(part, folder);
});

/** @returns The exit code. */
function tryBackend(name: string, folder: string): number {
  const { status, stdout } = spawnSync(
    process.execPath,
    ["--import", "tsx", "pipeline/doctor/check.ts", "backend", name],
    { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] },
  );
  const result = JSON.parse(stdout.trim().split("\n").at(-1)!) as
    | { works: true; description: string }
    | { works: false; reason: string };
  if (status === 0 && result.works) {
    out.line(`${result.description} works: ${folder}`);
    return 0;
  }
  throw new Error(`${folder} is built, but does not work: ${Reflect.get(result, "reason")}`);
}
