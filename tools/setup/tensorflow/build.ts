/** Compiles TensorFlow's Node binding, from the sources in its package against the library of a wheel. */

import { execFile } from "node:child_process";
import { cp, mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { fetchNpm } from "../../../pipeline/pretrained/registry/npm.ts";
import { NODE_HEADERS, PROTOBUF, TFJS_NODE } from "../packages.ts";

const run = promisify(execFile);

/** The C API, and what it needs. */
const LIBRARIES = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"];
/** Sources in the binding's package, as its binding.gyp lists them. */
const SOURCES = ["binding/tfjs_backend.cc", "binding/tfjs_binding.cc"];
/** The JavaScript asks for the package of everything; all it takes from it is the core, of which there must be one. */
const TFJS = 'module.exports = require("@tensorflow/tfjs-core");\n';

export interface BuildOptions {
  /** Folder that contains the wheel's folder `tensorflow`; the libraries are moved out of it. */
  readonly wheel: string;
  readonly compiler: string;
  /** For archives and headers. */
  readonly work: string;
  /** Folder of the set-up. */
  readonly out: string;
}

/**
 * Fills the folder of a set-up: `lib/` with the binding and TensorFlow, `node_modules/` with the JavaScript.
 *
 * @throws Error with the compiler's messages.
 */
export async function buildBinding({ wheel, compiler, work, out }: BuildOptions): Promise<void> {
  const lib = join(out, "lib");
  const modules = join(out, "node_modules");
  const binding = join(modules, TFJS_NODE.name);
  const headers = join(work, "headers");
  await fetchNpm(TFJS_NODE, work, binding);
  await fetchNpm(PROTOBUF, work, join(modules, PROTOBUF.name));
  await fetchNpm(NODE_HEADERS, work, headers);
  await mkdir(join(modules, "@tensorflow/tfjs"), { recursive: true });
  await writeFile(join(modules, "@tensorflow/tfjs/index.js"), TFJS);
  await mkdir(lib, { recursive: true });
  for (const name of LIBRARIES) await rename(join(wheel, "tensorflow", name), join(lib, name));
  // TensorFlow's licence, beside its library.
  await cp(join(wheel, "tensorflow/THIRD_PARTY_NOTICES.txt"), join(lib, "THIRD_PARTY_NOTICES.txt"));
  const include = [binding, join(wheel, "tensorflow/include"), join(headers, "include")];
  const args = [
    ...["-O2", "-fPIC", "-shared", "-std=c++17", "-DNAPI_VERSION=8"],
    ...include.map((folder) => `-I${folder}`),
    ...SOURCES.map((source) => join(binding, source)),
    ...["-o", join(lib, "tfjs_binding.node"), `-L${lib}`],
    ...LIBRARIES.map((name) => `-l:${name}`),
    // Found beside the binding, wherever the folder lies; CUDA's libraries are looked up when the program runs.
    ...["-Wl,-rpath,$ORIGIN", "-Wl,--allow-shlib-undefined"],
  ];
  await run(compiler, args, { maxBuffer: 1 << 28 }).catch((error: { stderr: string }) => {
    throw new Error(`the binding does not compile:\n${error.stderr.trim()}`);
  });
}
