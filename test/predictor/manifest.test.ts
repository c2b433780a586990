/** Which manifests are valid, and the error messages for others. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseManifest } from "../../predictor/manifest.ts";
import { sampleManifest } from "./sampleManifest.ts";

/** The error message for the sample manifest after `change`. */
function refusal(change: (manifest: Record<string, unknown>) => void): string {
  const manifest = sampleManifest() as unknown as Record<string, unknown>;
  change(manifest);
  try {
    parseManifest(JSON.stringify(manifest), "models/x/manifest.json");
  } catch (error) {
    return (error as Error).message;
  }
  return assert.fail("was accepted");
}

test("a manifest survives JSON unchanged", () => {
  assert.deepEqual(parseManifest(JSON.stringify(sampleManifest())), sampleManifest());
});

test("text that is not JSON, and JSON that is not an object, are refused with the name of the file", () => {
  assert.throws(() => parseManifest("{", "m.json"), /^Error: m\.json is not JSON: /);
  for (const text of ["null", "3", "[]", '"x"']) {
    assert.throws(() => parseManifest(text, "m.json"), /m\.json is not valid:/, text);
  }
});

test("another format version says what to do, whatever else is wrong", () => {
  const message = refusal((manifest) => {
    manifest.formatVersion = 3;
    manifest.labels = "gone";
  });
  assert.match(message, /format version 3, this program reads 2; use the Marquee version/);
});

test("every wrong field is listed at once", () => {
  const message = refusal((manifest) => {
    manifest.labels = [];
    manifest.files = { "model.onnx": { bytes: -1, sha256: "abc" } };
    manifest.extra = 1;
  });
  assert.match(message, /models\/x\/manifest\.json is not valid/);
  for (const part of ["labels", "bytes", "sha256", "extra"]) {
    assert.ok(message.includes(part), `${part} in ${message}`);
  }
});

test("one threshold per label, each from 0 to 1", () => {
  const short = refusal((manifest) => {
    manifest.thresholds = [0.5];
  });
  assert.match(short, /must have one threshold per label/);
  assert.match(short, /thresholds/);
  const high = refusal((manifest) => {
    manifest.thresholds = [0.5, 1.5, 0.5];
  });
  assert.match(high, /thresholds\[1\]/);
});

test("n-grams whose shortest is longer than the longest are refused", () => {
  const message = refusal((manifest) => {
    const { title } = manifest.preprocess as { title: { ngrams: { min: number } } };
    title.ngrams.min = 5;
  });
  assert.match(message, /must not be more than max/);
  assert.match(message, /preprocess\.title\.ngrams\.min/);
});
