/** What a machine may lack that some tests need: how it is found, what brings it, and what nothing tests without it. */

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { findNative } from "../../node/native.ts";
import { findFirefox, findWebKit } from "../browser/harness/installed.ts";
import { softwareVulkan } from "../pipeline/train/vulkan.ts";

/** Programs that the environment may name. */
export const PYTHON = process.env.MARQUEE_PYTHON ?? "python3";
export const OPENSSL = process.env.OPENSSL ?? "openssl";
export const MOTO = process.env.MOTO_SERVER ?? "moto_server";
/** Debian's, which has its packages. */
export const DEBIAN_PYTHON = "/usr/bin/python3";
/** The course's files of MovieLens 1M. */
export const MOVIELENS =
  process.env.MARQUEE_ML1M ?? resolve(import.meta.dirname, "../../../shared/data/ml1m");
/** The encoders that `npm run pretrained` builds. */
export const PRETRAINED = join(".cache", "pretrained");

export interface Need {
  readonly what: string;
  /** Left out where only a test itself can tell. */
  readonly isHere?: () => boolean;
  /** Packages of Debian that bring it; `.ci/run` installs them. */
  readonly debian?: string;
  /** The command that brings it, where Debian has none. */
  readonly command?: string;
  /** What is untested without it. */
  readonly untested: string;
}

const runs = (program: string, ...args: string[]) =>
  spawnSync(program, args, { stdio: "ignore" }).status === 0;
const hasPretrained = (part: string) => existsSync(join(PRETRAINED, part, "onnx", "model.onnx"));

export const NEEDS = {
  redis: {
    what: "redis-server",
    isHere: () => runs("redis-server", "--version"),
    debian: "redis-server",
    untested: "queues of trainings and of shards: workers that die, connections that break",
  },
  openssl: {
    what: "openssl",
    isHere: () => runs(OPENSSL, "version"),
    debian: "openssl",
    untested: "queues by TLS",
  },
  moto: {
    what: "moto_server",
    isHere: () => runs(MOTO, "--help"),
    command: "pip install 'moto[server]'",
    untested: "the S3 storage on a server that is not the tests' own",
  },
  tensorflow: {
    what: "TensorFlow",
    isHere: () => findNative("tensorflow") !== undefined,
    command: "npm run setup:tensorflow",
    untested: "training on TensorFlow, and which backend auto selects where it is",
  },
  mount: {
    what: "Linux and root, to mount a small disk",
    isHere: mayMount,
    command: "sudo npm test",
    untested: "what a full disk does to a run and to a storage",
  },
  pidNamespaces: {
    what: "Linux and root, to make a PID namespace",
    isHere: () => runs("unshare", "--pid", "--fork", "--mount-proc", "true"),
    command: "sudo npm test",
    untested: "locks between containers",
  },
  helm: {
    what: "helm",
    isHere: () => runs("helm", "version"),
    command:
      "curl -fsSL https://raw.githubusercontent.com/helm/helm/main/scripts/get-helm-3 | bash",
    untested: "that Helm renders what is kept of the charts, and refuses values that make no sense",
  },
  tritonClient: {
    what: "NVIDIA's tritonclient in $MARQUEE_PYTHON",
    isHere: () => runs(PYTHON, "-c", "import tritonclient.http, tritonclient.grpc"),
    command: "pip install 'tritonclient[http,grpc]'",
    untested: "/v2 and gRPC by NVIDIA's own client; the same requests are sent by the tests' own",
  },
  tensorboard: {
    what: "TensorBoard in $MARQUEE_PYTHON",
    isHere: () => runs(PYTHON, "-c", "import tensorboard"),
    command: "pip install tensorboard",
    untested: "training logs by TensorBoard's own reader; the tests' own reads the same scalars",
  },
  onnxChecker: {
    what: "python3-onnx",
    isHere: () => runs(DEBIAN_PYTHON, "-c", "import onnx"),
    debian: "python3-onnx",
    untested: "graphs by onnx.checker; ONNX Runtime loads and runs the same ones",
  },
  vulkan: {
    what: "a software Vulkan driver",
    isHere: () => softwareVulkan() !== undefined,
    debian: "chromium",
    untested: "training and converted models on WebGPU",
  },
  shaderF16: {
    what: "a Vulkan driver with 16-bit floats in shaders",
    debian: "mesa-vulkan-drivers",
    untested: "fp16 models on WebGPU",
  },
  webgpu: {
    what: "the optional package webgpu",
    isHere: () => existsSync("node_modules/webgpu"),
    command: "npm ci --include=dev",
    untested: "training on WebGPU",
  },
  chromiumWebgpu: {
    what: "a Chromium with WebGPU in software",
    debian: "chromium",
    untested: "the page's choice between WebGPU and WebAssembly",
  },
  firefox: {
    what: "Firefox",
    isHere: () => findFirefox() !== undefined,
    debian: "firefox-esr",
    untested: "the page and the package in Firefox",
  },
  webkit: {
    what: "WebKitGTK and a display",
    isHere: () => findWebKit() !== undefined,
    debian: "webkit2gtk-driver xvfb",
    untested: "the page and the package in WebKit",
  },
  movielens: {
    what: "MovieLens 1M with posters in $MARQUEE_ML1M",
    isHere: () => existsSync(join(MOVIELENS, "movies_train.dat")),
    command: "MARQUEE_ML1M=FOLDER npm test",
    untested: "published counts of the real data; invented files of the same layout are read",
  },
  efficientnet: {
    what: "EfficientNet-Lite2 with its weights",
    isHere: () => hasPretrained("efficientnet-lite2"),
    command: "npm run pretrained -- --parts efficientnet-lite2 --weights float32 --stages 4,5,6",
    untested: "its real weights; the network is compared with PyTorch by made ones",
  },
  minilm: {
    what: "MiniLM with its weights",
    isHere: () => hasPretrained("minilm-l6"),
    command: "npm run pretrained -- --parts minilm-l6",
    untested: "its real weights; the network is compared with PyTorch by made ones",
  },
  linux: {
    what: "Linux",
    isHere: () => process.platform === "linux",
    command: "docker run -v .:/marquee -w /marquee node npm test",
    untested: "priorities of threads",
  },
  posix: {
    what: "signals and limits of Linux or macOS",
    isHere: () => process.platform !== "win32",
    command: "wsl npm test",
    untested: "what limits and signals of the system do to a run",
  },
  secondCore: {
    what: "a second processor",
    isHere: () => availableParallelism() > 1,
    command: "docker run --cpus 2",
    untested: "that the page computes on several threads",
  },
} as const satisfies Record<string, Need>;

export type NeedName = keyof typeof NEEDS;

/** The command that brings it. */
export function commandOf({ debian, command }: Need): string {
  return command ?? `apt-get install ${debian}`;
}

/** Why a test is skipped that needs it; `report.ts` finds it again by this sentence. */
export function reasonWithout(name: NeedName): string {
  const need: Need = NEEDS[name];
  return `needs ${need.what}: ${commandOf(need)}`;
}

/** @returns Why a test that needs all of them is skipped here; false where it runs. For `skip` of `node:test`. */
export function without(...names: readonly NeedName[]): string | false {
  const missing = names.find((name) => !isHere(name));
  return missing === undefined ? false : reasonWithout(missing);
}

const found = new Map<NeedName, boolean>();

export function isHere(name: NeedName): boolean {
  const { isHere = () => true }: Need = NEEDS[name];
  if (!found.has(name)) found.set(name, isHere());
  return found.get(name)!;
}

/** Whether the process has CAP_SYS_ADMIN, bit 21; containers often take it from their root. */
function mayMount(): boolean {
  if (process.platform !== "linux") return false;
  const status = readFileSync("/proc/self/status", "utf8");
  const capabilities = BigInt(`0x${/CapEff:\s*([0-9a-f]+)/.exec(status)?.[1] ?? "0"}`);
  return ((capabilities >> 21n) & 1n) === 1n;
}
