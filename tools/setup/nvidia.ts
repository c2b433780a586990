/** CUDA's libraries: what ONNX Runtime and TensorFlow need, the wheels that have them, and where they may lie already. */

import { execFile } from "node:child_process";
import { readdir, realpath } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { glob } from "tinyglobby";
import type { Wheel } from "./wheels.ts";

const run = promisify(execFile);

export type CudaVersion = 12 | 13;

interface NvidiaWheel extends Wheel {
  /** What programs ask for by name. cuDNN opens its other parts itself, by names that begin with this one's. */
  readonly libraries: readonly string[];
  /** Only TensorFlow needs it. */
  readonly tensorflow?: true;
}

const CUDA: Readonly<Record<CudaVersion, readonly NvidiaWheel[]>> = {
  12: [
    {
      name: "nvidia-cublas-cu12",
      version: "12.9.1.4",
      sha256: "453611eb21a7c1f2c2156ed9f3a45b691deda0440ec550860290dc901af5b4c2",
      size: 856,
      libraries: ["libcublas.so.12", "libcublasLt.so.12"],
    },
    {
      name: "nvidia-cuda-runtime-cu12",
      version: "12.9.79",
      sha256: "25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3",
      size: 10,
      libraries: ["libcudart.so.12"],
    },
    {
      name: "nvidia-curand-cu12",
      version: "10.3.10.19",
      sha256: "49b274db4780d421bd2ccd362e1415c13887c53c214f0d4b761752b8f9f6aa1e",
      size: 169,
      libraries: ["libcurand.so.10"],
    },
    {
      name: "nvidia-cufft-cu12",
      version: "11.4.1.4",
      sha256: "c67884f2a7d276b4b80eb56a79322a95df592ae5e765cf1243693365ccab4e28",
      size: 294,
      libraries: ["libcufft.so.11"],
    },
    {
      name: "nvidia-cuda-nvrtc-cu12",
      version: "12.9.86",
      sha256: "210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4",
      size: 227,
      libraries: ["libnvrtc.so.12"],
    },
    {
      name: "nvidia-cudnn-cu12",
      version: "9.20.0.48",
      sha256: "7d7479e1321c7a039b33827f0247791ee1be091759032c1f66a287c4a643396a",
      size: 997,
      libraries: ["libcudnn.so.9"],
    },
    {
      name: "nvidia-nvjitlink-cu12",
      version: "12.9.86",
      sha256: "e3f1171dbdc83c5932a45f0f4c99180a70de9bd2718c1ab77d14104f6d7147f9",
      size: 96,
      libraries: ["libnvJitLink.so.12"],
      tensorflow: true,
    },
    {
      name: "nvidia-cusparse-cu12",
      version: "12.5.10.65",
      sha256: "73060ce019ac064a057267c585bf1fd5a353734151f87472ff02b2c5c9984e78",
      size: 487,
      libraries: ["libcusparse.so.12"],
      tensorflow: true,
    },
    {
      name: "nvidia-cusolver-cu12",
      version: "11.7.5.82",
      sha256: "15da72d1340d29b5b3cf3fd100e3cd53421dde36002eda6ed93811af63c40d88",
      size: 495,
      libraries: ["libcusolver.so.11"],
      tensorflow: true,
    },
    {
      name: "nvidia-nccl-cu12",
      version: "2.27.7",
      sha256: "de5ba5562f08029a19cb1cd659404b18411ed0d6c90ac5f52f30bf99ad5809aa",
      size: 430,
      libraries: ["libnccl.so.2"],
      tensorflow: true,
    },
    {
      name: "nvidia-cuda-cupti-cu12",
      version: "12.8.90",
      sha256: "ea0cb07ebda26bb9b29ba82cda34849e73c166c18162d3913575b0c9db9a6182",
      size: 43,
      libraries: ["libcupti.so.12"],
      tensorflow: true,
    },
  ],
  13: [
    {
      name: "nvidia-cublas",
      version: "13.0.2.14",
      sha256: "0cf238ffdbe46c00cb9aa98e7bca745c223a5ca5a53e686ac8b3e5a08fe80d6c",
      size: 595,
      libraries: ["libcublas.so.13", "libcublasLt.so.13"],
    },
    {
      name: "nvidia-cuda-runtime",
      version: "13.0.96",
      sha256: "7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548",
      size: 3,
      libraries: ["libcudart.so.13"],
    },
    {
      name: "nvidia-curand",
      version: "10.4.0.35",
      sha256: "1aee33a5da6e1db083fe2b90082def8915f30f3248d5896bcec36a579d941bfc",
      size: 133,
      libraries: ["libcurand.so.10"],
    },
    {
      name: "nvidia-cufft",
      version: "12.0.0.61",
      sha256: "6c44f692dce8fd5ffd3e3df134b6cdb9c2f72d99cf40b62c32dde45eea9ddad3",
      size: 288,
      libraries: ["libcufft.so.12"],
    },
    {
      name: "nvidia-cuda-nvrtc",
      version: "13.0.88",
      sha256: "ad9b6d2ead2435f11cbb6868809d2adeeee302e9bb94bcf0539c7a40d80e8575",
      size: 228,
      libraries: ["libnvrtc.so.13"],
    },
    {
      name: "nvidia-cudnn-cu13",
      version: "9.20.0.48",
      sha256: "0c45dd8eeb50b603f07995b1b300c62ffe6a1980482b82b3bcf94a4ca9d49304",
      size: 494,
      libraries: ["libcudnn.so.9"],
    },
  ],
};

/** Names of libraries that are opened without a version, and what they are. */
export const UNVERSIONED: Readonly<Record<string, string>> = { "libcudnn.so": "libcudnn.so.9" };
/** Parts that a library opens by itself, from its own folder. */
const PARTS = /^lib(cudnn|nvrtc)[-\w]*\.so\.\d+(\.\d+)*$/;

/** The wheels that have what a program needs. */
export function wheelsOf(version: CudaVersion, program: "onnxruntime" | "tensorflow") {
  return CUDA[version].filter(({ tensorflow }) => program === "tensorflow" || !tensorflow);
}

/** Folders where CUDA's libraries may lie, in the order in which they are looked through. */
async function foldersOf(python: string): Promise<string[]> {
  const { LD_LIBRARY_PATH = "", CUDA_HOME, CUDA_PATH, CONDA_PREFIX } = process.env;
  // Where NVIDIA's packages are installed, in the interpreter's environment.
  const code = "import json, sys; print(json.dumps(sys.path))";
  const paths = await run(python, ["-c", code]).then(
    ({ stdout }) => JSON.parse(stdout) as string[],
    () => [],
  );
  const packages = await Promise.all(
    paths
      .filter((path) => path.startsWith("/"))
      .map((cwd) =>
        glob("nvidia/{*,*/*}/lib/*.so*", { cwd, absolute: true, followSymbolicLinks: false }),
      ),
  );
  const toolkits = await glob("/usr/local/cuda*/{lib64,targets/x86_64-linux/lib}", {
    onlyDirectories: true,
  });
  return [
    ...LD_LIBRARY_PATH.split(":").filter(Boolean),
    ...packages.flat().map((file) => join(file, "..")),
    ...[CUDA_HOME, CUDA_PATH, CONDA_PREFIX].flatMap((root) =>
      root === undefined ? [] : [join(root, "lib64"), join(root, "lib")],
    ),
    ...toolkits,
    ...["/opt/cuda/lib64", "/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib/wsl/lib"],
  ];
}

export interface Libraries {
  /** Paths by the names under which they are opened, with the parts that they open themselves. */
  readonly found: ReadonlyMap<string, string>;
  /** The wheels of those that are nowhere. */
  readonly missing: readonly Wheel[];
}

/**
 * Looks for libraries where NVIDIA's packages of `python` and the system put them.
 *
 * @param folders Default: all those.
 */
export async function findLibraries(
  wheels: ReturnType<typeof wheelsOf>,
  python: string,
  folders?: readonly string[],
): Promise<Libraries> {
  const found = new Map<string, string>();
  const all = [...new Set(folders ?? (await foldersOf(python)))];
  const names = await Promise.all(
    all.map(async (folder) => ({ folder, files: await readdir(folder).catch((): string[] => []) })),
  );
  for (const name of wheels.flatMap(({ libraries }) => libraries)) {
    const home = names.find(({ files }) => files.includes(name));
    if (!home) continue;
    const stem = /^lib[a-zA-Z]+/.exec(name)![0];
    for (const file of home.files) {
      const isPart = PARTS.test(file) && file.startsWith(stem);
      if (file === name || isPart) found.set(file, await realpath(join(home.folder, file)));
    }
  }
  for (const [name, target] of Object.entries(UNVERSIONED)) {
    const path = found.get(target);
    if (path !== undefined) found.set(name, path);
  }
  const missing = wheels.filter(({ libraries }) => libraries.some((name) => !found.has(name)));
  return { found, missing };
}

/** Folders with the libraries of wheels that were unpacked into `folder`. */
export async function foldersOfWheels(folder: string): Promise<string[]> {
  const files = await glob("nvidia/**/*.so*", { cwd: folder, absolute: true });
  return [...new Set(files.map((file) => file.slice(0, -basename(file).length - 1)))];
}

/** @returns The newest CUDA version that the driver runs, e.g. 12; undefined without a driver. */
export async function driverVersion(): Promise<number | undefined> {
  const { stdout } = await run("nvidia-smi").catch(() => ({ stdout: "" }));
  const [, version] = /CUDA Version: (\d+)/.exec(stdout) ?? [];
  return version === undefined ? undefined : Number(version);
}
