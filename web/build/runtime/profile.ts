/** Which of ONNX Runtime's functions graphs call: measured by tools/runtimeProfile.ts, for one version of the runtime. */

import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

export interface Profile {
  /** SHA-256 of the runtime's WebAssembly, in lower-case hex. */
  readonly sha256: string;
  /** For each function that the runtime defines, whether it was called. */
  readonly called: readonly boolean[];
}

const FILE = fileURLToPath(new URL("profile.json", import.meta.url));

/** The file: a bit for each function, the first one the lowest of the first byte, in base64. */
interface Packed {
  readonly sha256: string;
  readonly functions: number;
  readonly called: string;
}

export async function readProfile(): Promise<Profile> {
  const { sha256, functions, called } = JSON.parse(await readFile(FILE, "utf8")) as Packed;
  const bits = Buffer.from(called, "base64");
  return {
    sha256,
    called: Array.from({ length: functions }, (_, i) => ((bits[i >> 3]! >> (i & 7)) & 1) === 1),
  };
}

export async function writeProfile({ sha256, called }: Profile): Promise<void> {
  const bits = Buffer.alloc(Math.ceil(called.length / 8));
  for (const [i, isCalled] of called.entries()) if (isCalled) bits[i >> 3]! |= 1 << (i & 7);
  const packed: Packed = { sha256, functions: called.length, called: bits.toString("base64") };
  await writeFile(FILE, `${JSON.stringify(packed, undefined, 2)}\n`);
}
