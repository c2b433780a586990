/** Gives bundles of tests a profile. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { openBundle } from "../../node/bundle.ts";
import { openSession } from "../../node/session.ts";
import { publishBundle } from "../../pipeline/publish/publish.ts";
import type { Item } from "../../predictor/inputs/inputType.ts";
import { createPredictor } from "../../predictor/predictor.ts";
import { createObserver, PROFILE_FILE, profileOf, writeProfile } from "../../predictor/profile.ts";

/** Publishes the bundle anew, with a profile of the items as its own graph predicts them. */
export async function addProfile(path: string, items: readonly Item[]): Promise<void> {
  const { manifest, graph } = await openBundle(path);
  const session = await openSession(graph);
  const predictor = createPredictor(manifest, session.run);
  const features = items.map(predictor.encode);
  const predictions = await predictor.predictEncoded(features);
  await session.close();
  const observe = createObserver(manifest);
  const profile = profileOf(
    predictions.map((prediction, i) => observe(features[i]!, prediction)),
    manifest,
  );
  const { files, ...bare } = manifest;
  const names = Object.keys(files).filter((name) => name !== PROFILE_FILE);
  const contents = await Promise.all(names.map((name) => readFile(join(path, name))));
  await publishBundle(path, bare, {
    ...Object.fromEntries(names.map((name, i) => [name, contents[i]!])),
    [PROFILE_FILE]: writeProfile(profile!, manifest),
  });
}
