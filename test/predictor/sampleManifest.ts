/** A small manifest that is valid, for tests to use as it is or to make invalid. */

import type { Manifest } from "../../predictor/manifest.ts";

/** A new object on every call: three labels, two-word titles, 3 x 2 posters, two users. */
export function sampleManifest(): Manifest {
  return {
    formatVersion: 2,
    name: "sample",
    labels: ["Action", "Comedy", "Drama"],
    thresholds: [0.5, 0.4, 0.3],
    preprocess: {
      title: {
        maxWords: 2,
        piecesPerWord: 3,
        vocabulary: ["the", "net"],
        vectorWords: [],
        ngrams: { min: 3, max: 4, buckets: 8 },
      },
      poster: { height: 3, width: 2 },
      ratings: {
        users: ["7", "9"],
        groups: { genders: ["F", "M"], ages: [1, 18], occupations: [0] },
        stars: { min: 1, max: 5 },
        maxRatings: 4,
      },
    },
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
