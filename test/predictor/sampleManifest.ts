/** A small manifest that is valid, for tests to use as it is or to make invalid. */

import { FORMAT_VERSION, type Manifest } from "../../predictor/manifest.ts";
import { type MovieInputs, YEAR } from "../../predictor/movie.ts";

/** The inputs of `sampleManifest`, a new object on every call: two-word titles, 3 x 2 posters, two users. */
export function sampleInputs(): MovieInputs {
  return {
    title: {
      type: "text",
      form: "title",
      maxCharacters: 1000,
      maxWords: 2,
      piecesPerWord: 3,
      vocabulary: ["the", "net"],
      vectorWords: [],
      ngrams: { min: 3, max: 4, buckets: 8 },
    },
    year: structuredClone(YEAR),
    poster: { type: "image", height: 3, width: 2 },
    ratings: {
      type: "ratings",
      users: ["7", "9"],
      groups: { genders: ["F", "M"], ages: [1, 18], occupations: [0] },
      stars: { min: 1, max: 5 },
      maxRatings: 4,
    },
  };
}

/** Labels with thresholds of their own, 0.5 unless given. */
export function sampleTarget(
  labels: readonly string[],
  perLabel: readonly number[] = labels.map(() => 0.5),
) {
  const thresholds = { perLabel: [...perLabel], subsets: [] };
  return { type: "labels" as const, labels: [...labels], thresholds };
}

/** A new object on every call: three labels, the inputs of `sampleInputs`. */
export function sampleManifest(): Manifest {
  return {
    formatVersion: FORMAT_VERSION,
    name: "sample",
    target: sampleTarget(["Action", "Comedy", "Drama"], [0.5, 0.4, 0.3]),
    inputs: sampleInputs(),
    graph: {
      inputs: [{ name: "title_tokens", type: "int32", shape: ["batch", 2, 3] }],
      outputs: [{ name: "probabilities", type: "float32", shape: ["batch", 3] }],
    },
    metrics: { "mAP@5": 0.9 },
    provenance: {
      dataset: "sample",
      synthetic: true,
      datasetSha256: "0".repeat(64),
      seed: 42,
      config: { seed: 42 },
      backend: "wasm",
      versions: { node: "20.19.0" },
      createdAt: "2026-08-01T12:00:00Z",
      durationSeconds: 12.5,
    },
    files: {},
  };
}
