/** Images and answers in Node and in every browser: the same bytes, and probabilities that differ by rounding only. */

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { decodePoster } from "../../node/poster.ts";
import { quartersOf, turnedAvifs } from "../node/avifTurns.ts";
import type { BuiltScript } from "./harness/script.ts";
import { TOLERANCE } from "./harness/tolerance.ts";
import { publishedModel } from "./page/publishedPage.ts";
import { compareResults } from "./parity/compare.ts";
import { oddImages } from "./parity/oddImages.ts";
import { drawnPosters, HAS_MOVIELENS, jobsOf, moviePosters, spread } from "./parity/posters.ts";
import type { ParityJob, ParityResult } from "./parity/protocol.ts";
import {
  BROWSERS,
  type BrowserRuntime,
  buildParity,
  openNode,
  type Runtime,
} from "./parity/runtimes.ts";

/** bench/parity.ts compares all 3,256 of MovieLens. */
const POSTERS = 40;
/** Only the protection differs from the other Firefox, and it has nothing to do with any poster in particular. */
const POSTERS_IF_RESISTING = 12;
/** Every fourth with title and ratings too. */
const MOVIES_EVERY = 4;
const SAME = { refusal: [], pixels: [], tensor: [], order: [] };

/** Images, and what Node makes of them, which every browser is compared with. */
interface Sample {
  readonly names: readonly string[];
  readonly jobs: readonly ParityJob[];
  readonly expected: readonly ParityResult[];
}

async function sampleOf(
  node: Runtime,
  images: readonly { readonly name: string }[],
  jobs: readonly ParityJob[],
): Promise<Sample> {
  return { names: images.map(({ name }) => name), jobs, expected: await node.run(jobs) };
}

const odd = await oddImages();
const turned = await turnedAvifs();
const toJob = ({ file }: { readonly file: Buffer }) => ({ file: file.toString("base64") });

let folder: string;
let script: BuiltScript;
let posters: Sample;
let oddFiles: Sample;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "marquee-parity-"));
  const model = await publishedModel(join(folder, "tiny"));
  script = await buildParity(model);
  const node = await openNode(model);
  const all = HAS_MOVIELENS ? await moviePosters() : drawnPosters(POSTERS);
  const some = spread(all, POSTERS);
  posters = await sampleOf(node, some, await jobsOf(some, MOVIES_EVERY));
  const files = [...odd, ...turned];
  oddFiles = await sampleOf(node, files, files.map(toJob));
  await node.close();
});
after(async () => {
  await script?.remove();
  await rm(folder, { recursive: true, force: true });
});

test("Node refuses the odd files that are to be refused, in these words, and decodes the others", () => {
  const given = odd.map(({ name, refused }) => [name, refused && `poster: ${refused}`]);
  const found = odd.map(({ name }, i) => {
    const result = oddFiles.expected[i]!;
    return [name, "refusal" in result ? result.refusal : undefined];
  });
  assert.deepEqual(found, given);
});

for (const { name, file, width, height, quarters } of turned) {
  test(`Node turns ${name}`, async () => {
    const image = await decodePoster(file);
    assert.deepEqual([image.width, image.height, quartersOf(image)], [width, height, quarters]);
  });
}

for (const browser of BROWSERS) {
  describe(browser.name, () => {
    let opened: BrowserRuntime | string;
    before(async () => {
      opened = await browser.open(script.folder);
    });
    after(async () => {
      if (typeof opened === "object") await opened.close();
    });

    const resists = browser.name.includes("fingerprinting");
    const count = resists ? POSTERS_IF_RESISTING : POSTERS;
    test(`${count} ${HAS_MOVIELENS ? "real" : "drawn"} posters: pixels, tensors, probabilities, order`, async (t) => {
      if (typeof opened === "string") return t.skip(opened);
      t.diagnostic(opened.agent);
      const names = spread(posters.names, count);
      const actual = await opened.run(spread(posters.jobs, count));
      const compared = compareResults(names, spread(posters.expected, count), actual);
      const { decoded, refused, answers, ties, maxDelta, differ } = compared;
      assert.deepEqual(differ, SAME);
      assert.equal(decoded + refused, count);
      assert.ok(decoded >= count * 0.8, `${decoded} posters`);
      assert.ok(answers > decoded, `${answers} answers`);
      assert.ok(maxDelta > 0 && maxDelta <= TOLERANCE, `differs by ${maxDelta}`);
      const largest = `largest difference ${maxDelta.toExponential(2)}`;
      t.diagnostic(`${largest}; ${ties.length} ties in ${answers} answers`);
    });

    test(`${odd.length + turned.length} odd files: the same pixels, or refused in the same words`, async (t) => {
      if (typeof opened === "string") return t.skip(opened);
      const { names, jobs, expected } = oddFiles;
      const { differ, decoded, refused } = compareResults(names, expected, await opened.run(jobs));
      assert.deepEqual(differ, SAME);
      assert.equal(refused, odd.filter(({ refused }) => refused !== undefined).length);
      assert.equal(decoded + refused, names.length);
    });

    test("a canvas is read back as drawn, unless fingerprinting is resisted", async (t) => {
      if (typeof opened === "string") return t.skip(opened);
      assert.equal(await opened.altersCanvas(), resists);
    });

    if (browser.name === "Chromium") {
      test("its own decoder shows the turned AVIF files as Node decodes them", async () => {
        for (const image of turned) {
          const shown = await (opened as BrowserRuntime).decodeNatively!(toJob(image).file);
          const { name, width, height, quarters } = image;
          const actual = [name, shown.width, shown.height, quartersOf(shown, 4)];
          assert.deepEqual(actual, [name, width, height, quarters]);
        }
      });
    }
  });
}
