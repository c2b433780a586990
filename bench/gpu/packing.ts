/** What packs for GPU machines have in common: Node, a bundled program, ONNX Runtime and Vulkan's loader, compressed. */

import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Console } from "../../pipeline/common/console.ts";

export const PLATFORM = "linux-x64";
const RUNTIME = "onnxruntime-node/bin/napi-v6/linux/x64";
/** ONNX Runtime, without what a set-up may have linked beside it. */
export const RUNTIME_MODULES = [
  "onnxruntime-node/package.json",
  "onnxruntime-node/dist",
  `${RUNTIME}/libonnxruntime.so.1`,
  `${RUNTIME}/onnxruntime_binding.node`,
  "onnxruntime-common",
];
/** Debian's libvulkan1 (Apache-2.0): Dawn and ONNX Runtime look for it in their own folders first. */
const VULKAN = "libvulkan.so.1";
const VULKAN_USERS = { webgpu: `webgpu/dist/${PLATFORM}`, onnxruntime: RUNTIME };

/** @throws Error on other machines. */
export function checkPlatform(): void {
  if (`${process.platform}-${process.arch}` !== PLATFORM) {
    throw new Error(`packs can only be made on ${PLATFORM}: they contain this machine's binaries`);
  }
}

/** Copies this Node into a program's folder, which it makes. */
export function packNode(program: string, out: Console): void {
  mkdirSync(program, { recursive: true });
  const node = join(program, "node");
  cpSync(process.execPath, node);
  try {
    execFileSync("strip", [node]);
  } catch {
    out.warn("without binutils' strip the pack is 1 MiB larger");
  }
}

/** Bundles a script as run.mjs; native modules stay apart. */
export async function bundleRun(entry: string, program: string): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile: join(program, "run.mjs"),
    bundle: true,
    minify: true,
    platform: "node",
    format: "esm",
    external: ["onnxruntime-node", "webgpu"],
    // A pack's posters are decoded already, and libvips is large.
    alias: { sharp: fileURLToPath(new URL("./noSharp.ts", import.meta.url)) },
    banner: {
      js: 'import { createRequire as __require } from "node:module"; import { dirname as __d } from "node:path"; import { fileURLToPath as __f } from "node:url"; const require = __require(import.meta.url); const __filename = __f(import.meta.url); const __dirname = __d(__filename);',
    },
    logLevel: "error",
  });
}

/** Copies files and folders of node_modules to a program's. */
export function copyInstalled(program: string, paths: readonly string[]): void {
  for (const path of paths) {
    const target = join(program, "node_modules", path);
    mkdirSync(dirname(target), { recursive: true });
    cpSync(resolve("node_modules", path), target, { recursive: true });
  }
}

/** Puts Vulkan's loader beside each module that looks for it, and the script that names the driver to it. */
export function packVulkan(
  program: string,
  users: readonly (keyof typeof VULKAN_USERS)[],
  out: Console,
): void {
  const script = fileURLToPath(new URL("./vulkan.sh", import.meta.url));
  cpSync(script, join(program, "vulkan.sh"));
  const loader = join("/usr/lib/x86_64-linux-gnu", VULKAN);
  if (!existsSync(loader)) {
    out.warn(
      `without ${VULKAN} (apt install libvulkan1), WebGPU works only on machines that have it`,
    );
    return;
  }
  for (const user of users) {
    const target = join(program, "node_modules", VULKAN_USERS[user], VULKAN);
    cpSync(loader, target, { dereference: true });
  }
}

/** @param filters Of xz. */
export function compress(
  stage: string,
  folder: string,
  archive: string,
  filters: readonly string[],
): void {
  mkdirSync(dirname(archive), { recursive: true });
  execFileSync("tar", ["-C", stage, "-cf", archive, "-I", `xz -T1 ${filters.join(" ")}`, folder]);
}

/** Prints the sizes of a folder's files, and their sum. @throws Error if that is above the limit. */
export function checkSize(folder: string, limitMib: number, out: Console): void {
  const sizes = readdirSync(folder).map(
    (name) => [name, statSync(join(folder, name)).size] as const,
  );
  const total = sizes.reduce((sum, [, size]) => sum + size, 0) / 2 ** 20;
  for (const [name, size] of sizes) {
    out.line(`  ${name.padEnd(16)} ${(size / 2 ** 20).toFixed(1)} MiB`);
  }
  out.line(`  ${folder} ${total.toFixed(1)} MiB`);
  if (total > limitMib) throw new Error(`${folder} is larger than --limit-mib ${limitMib}`);
}
