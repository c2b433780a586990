/** Firefox, with and without protection against fingerprinting, and WebKit: the bytes that Node decodes. */

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { publishTiny } from "../serve/server.ts";
import { drive, OTHER_BROWSERS } from "./harness/otherBrowsers.ts";
import { TOLERANCE } from "./harness/tolerance.ts";
import { oddImages } from "./parity/oddImages.ts";
import { drawnPosters } from "./parity/posters.ts";
import type { ParityAnswers, ParityJob, ParityResult } from "./parity/protocol.ts";
import { buildParity, openNode } from "./parity/runtimes.ts";

/** Posters of which the answers are compared, too. */
const ANSWERS = 5;

const jobs: { readonly name: string; readonly job: ParityJob; expected: ParityResult }[] = [];
let folder: string;
let script: Awaited<ReturnType<typeof buildParity>>;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "marquee-parity-"));
  await publishTiny(join(folder, "tiny"));
  script = await buildParity(join(folder, "tiny"));
  const node = await openNode(join(folder, "tiny"));
  const add = async (name: string, file: Buffer, predict: ParityJob["predict"] = []) => {
    const job = { file: file.toString("base64"), predict };
    jobs.push({ name, job, expected: await node.run(job) });
  };
  for (const { name, file } of await oddImages()) await add(name, file);
  for (const { name, movie, read } of drawnPosters(ANSWERS)) {
    await add(name, await read(), [{}, movie]);
  }
  await node.close();
});
after(async () => {
  await script?.remove();
  await rm(folder, { recursive: true, force: true });
});

for (const browser of OTHER_BROWSERS) {
  test(`${browser.name}: pixels, tensors and refusals are Node's, answers to ${TOLERANCE}`, async (t) => {
    const page = await drive(browser, script.folder);
    if (typeof page === "string") return t.skip(page);
    try {
      t.diagnostic(page.agent);
      assert.equal(await page.run("canvas"), browser.name.includes("fingerprinting"));
      let largest = 0;
      for (const { name, job, expected } of jobs) {
        const actual = (await page.run(job)) as ParityResult;
        if ("refusal" in expected || "refusal" in actual) {
          assert.deepEqual(actual, expected, name);
          continue;
        }
        assert.deepEqual(withoutAnswers(actual), withoutAnswers(expected), name);
        for (const [i, probabilities] of expected.probabilities.entries()) {
          for (const [label, p] of probabilities.entries()) {
            largest = Math.max(largest, Math.abs(p - actual.probabilities[i]![label]!));
          }
        }
      }
      assert.ok(largest <= TOLERANCE, `a probability differs by ${largest}`);
      t.diagnostic(`${jobs.length} files; largest difference ${largest.toExponential(2)}`);
    } finally {
      await page.close();
    }
  });
}

const withoutAnswers = ({ probabilities: _, ...rest }: ParityAnswers) => rest;
