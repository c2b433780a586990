/** What a set-up needs of the machine, looked for before anything is fetched. */

import { execFile } from "node:child_process";
import { mkdir, statfs } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface Requirement {
  /** As the list of what is missing names it, with what to do. */
  readonly advice: string;
  readonly isMet: () => Promise<boolean>;
}

/** Whether a program runs with these arguments. */
export const runs = (program: string, ...args: readonly string[]): Promise<boolean> =>
  run(program, args).then(
    () => true,
    () => false,
  );

/** The wheels' only platform. */
export const PLATFORM: Requirement = {
  advice: "Linux on x64: there are no libraries for other platforms",
  isMet: async () => process.platform === "linux" && process.arch === "x64",
};

export const pip = (python: string): Requirement => ({
  advice: `Python 3 with pip, to fetch and unpack (apt install python3-pip); set $PYTHON to use another than ${python}`,
  isMet: () => runs(python, "-m", "pip", "--version"),
});

export const compiler = (command: string): Requirement => ({
  advice: `a C++ compiler (apt install g++); set $CXX to use another than ${command}`,
  isMet: () => runs(command, "--version"),
});

/** @param newest The newest CUDA version that the driver here runs. */
export const driver = (version: number, newest: number | undefined): Requirement => ({
  advice: `an NVIDIA GPU and a driver for CUDA ${version} (${newest === undefined ? "nvidia-smi names none" : `this one runs CUDA ${newest}`}); --without-driver sets it up anyway, e.g. for an image`,
  isMet: async () => newest !== undefined && newest >= version,
});

/** @param folder Where the files are to lie; it is made. @param size In MB. */
export const disk = (folder: string, size: number): Requirement => ({
  advice: `${(size / 1000).toFixed(1)} GB free where ${folder} lies`,
  async isMet() {
    await mkdir(folder, { recursive: true });
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize > size * 1e6;
  },
});

/** @throws Error with everything that is missing. */
export async function checkRequirements(all: readonly Requirement[]): Promise<void> {
  const missing: string[] = [];
  for (const { advice, isMet } of all) if (!(await isMet())) missing.push(advice);
  if (missing.length > 0) {
    throw new Error(
      `this machine lacks\n${missing.map((advice) => `  - ${advice}`).join("\n")}\nNothing was changed.`,
    );
  }
}
