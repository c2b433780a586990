/** A run record for the renderers' tests; its evaluation is computed from scores drawn with a fixed seed. */

import { createRandom } from "../../../pipeline/common/random.ts";
import { evaluate } from "../../../pipeline/evaluate/evaluate.ts";
import type { RunRecord } from "../../../pipeline/report/runRecord.ts";
import type { InputName } from "../../../predictor/movie.ts";
import { MOVIE_NOUNS } from "../../../predictor/nouns.ts";
import { labelsTarget, MOVIE_GROUPING } from "../labelsTarget.ts";

const LABELS = ["Drama", "Comedy", "Action", "Horror", "Children's", "Film-Noir", "Sci-Fi"];
const MOVIES = 120;
const SUBSETS: readonly { inputs: InputName[]; noise: number }[] = [
  { inputs: ["title"], noise: 1.6 },
  { inputs: ["poster"], noise: 1.8 },
  { inputs: ["ratings"], noise: 0.8 },
  { inputs: ["title", "poster"], noise: 1.2 },
  { inputs: ["title", "poster", "ratings"], noise: 0.5 },
];

function sampleEvaluation(): RunRecord["evaluation"] {
  const random = createRandom("sample run");
  const targets = new Uint8Array(MOVIES * LABELS.length).map((_, i) =>
    Number(i % LABELS.length === Math.floor(i / LABELS.length) % 5 || random.next() < 0.15),
  );
  const noisy = (noise: number) =>
    Float32Array.from(
      targets,
      (target) => 1 / (1 + Math.exp(-(2 * target - 1 + noise * random.normal()))),
    );
  return evaluate({
    target: labelsTarget(LABELS),
    truth: targets,
    facts: Array.from({ length: MOVIES }, (_, i) => ({
      present: i % 6 === 0 ? ["title"] : ["title", "poster"],
      ratings: i % 12,
    })),
    grouping: MOVIE_GROUPING,
    subsets: SUBSETS.map(({ inputs, noise }) => ({
      name: inputs.join(" + "),
      inputs,
      scores: noisy(noise),
    })),
    baselines: [
      {
        name: "genre frequency",
        inputs: [],
        scores: new Float32Array(targets.length).map((_, i) => 1 / (1 + (i % LABELS.length))),
      },
      { name: "title words, logistic", inputs: ["title"], scores: noisy(0.2) },
    ],
    thresholds: { perLabel: LABELS.map(() => 0.5), subsets: [] },
    seed: 1,
  });
}

const DATASET: RunRecord["dataset"] = {
  name: "embedded sample",
  subject: "Movie genres from title, poster and ratings",
  synthetic: true,
  sha256: "ab".repeat(32),
  trainMovies: 480,
  validationMovies: 60,
  testMovies: MOVIES,
  evaluatedOn: "test",
  labels: LABELS,
  nouns: MOVIE_NOUNS,
  column: "genres",
  isMovies: true,
  inputs: ["title", "poster", "ratings"],
  example: "--title 'The Lantern of Doom (1987)'",
  distribution: {
    chart: {
      kind: "bars",
      bars: LABELS.map((label, i) => ({ label, value: [180, 150, 90, 60, 50, 12, 30][i]! })),
      description: "Movies of the train split per genre",
      axis: "movies of the train split",
      unit: "count",
      reading: "a genre with a long bar is easy to guess.",
    },
    caption: "Movies of the train split per genre.",
  },
  rated: [{ input: "ratings", ratings: 12345, users: 400 }],
  posters: 600,
  issues: [
    { file: "movies_train.dat", line: 7, message: "expected 3 fields, got 2" },
    { file: "posters/12.jpg", message: "not an image" },
  ],
  issueCount: 31,
  noteCount: 0,
};

// biome-ignore format: a table of layers
const MODEL: RunRecord["model"] = {
  parameters: 91234,
  layers: [
    { name: "title_tokens", className: "InputLayer", outputShape: "[null, 40]", parameters: 0, part: "title" },
    { name: "title_embedding", className: "Embedding", outputShape: "[null, 40, 64]", parameters: 77056, part: "title" },
    { name: "poster_conv1", className: "Conv2D", outputShape: "[null, 96, 64, 16]", parameters: 448, part: "poster" },
    { name: "probabilities", className: "Dense", outputShape: "[null, 7]", parameters: 903, part: "fusion" },
  ],
  parts: [
    { name: "title", inputs: ["title", "year"], trained: 77_000, fixed: 56 },
    { name: "poster", inputs: ["poster"], trained: 0, fixed: 448 },
    { name: "fusion", inputs: [], trained: 903, fixed: 0 },
  ],
  description: ["Title tower: an embedding, a GRU and attention.", "Fusion: gated units."],
};

const GRAPH: RunRecord["graph"] = {
  inputs: [
    { name: "title_tokens", type: "int32", shape: ["batch", 40] },
    { name: "poster", type: "uint8", shape: ["batch", 96, 64, 3] },
  ],
  outputs: [{ name: "probabilities", type: "float32", shape: ["batch", 7] }],
};

const TOWERS = (["title", "poster", "ratings"] as const).map((tower) => ({
  tower,
  history: Array.from({ length: 14 }, (_, i) => ({
    tower,
    epoch: i + 1,
    loss: 0.3 + 0.4 * Math.exp(-i / 3),
    metric: "mAP@5",
    validation: 0.85 - 0.4 * Math.exp(-i / 4) - (i > 11 ? 0.01 : 0),
    validationLoss: 0.4 + 0.3 * Math.exp(-i / 3) + 0.004 * i,
    learningRate: 1e-3,
    seconds: 6.5,
    samplesPerSecond: 480,
  })),
  bestEpoch: 12,
}));

const RATINGS_CURVE = [0, 5, null].map((ratings, i) => ({
  ratings,
  movies: 100 - 10 * i,
  alone: { mean: 0.5 + 0.1 * i, low: 0.45 + 0.1 * i, high: 0.55 + 0.1 * i },
  together: { mean: 0.6 + 0.1 * i, low: 0.55 + 0.1 * i, high: 0.65 + 0.1 * i },
}));

const PUBLISHED_CURVE = {
  input: "ratings",
  metric: "map@5",
  items: 70,
  counts: [0, 5, null],
  subsets: [
    { groups: ["title", "ratings"], values: [0.6, 0.7, 0.8] },
    { groups: ["ratings"], values: [0.5, 0.6, null] },
  ],
};

const FUSIONS = ["gates, modality dropout", "sum of the logits, no gates"].map((name, i) => ({
  name,
  figures: [
    { on: "all inputs", score: 0.8 - 0.1 * i },
    { on: "title", score: null },
  ],
}));

const LEARNING: NonNullable<RunRecord["learning"]> = {
  metric: "mAP@5",
  better: "larger",
  folds: 3,
  points: [0.25, 0.5, 1].map((share, i) => ({
    share,
    items: 400 * share,
    rows: ["poster", "all inputs"].map((input, r) => ({
      input,
      group: r === 0 ? "with a poster" : "all movies",
      training: r === 0 && i === 0 ? null : { mean: 0.95 - 0.02 * i, std: 0.005 },
      heldOut: { mean: 0.5 + 0.1 * i, std: 0.02 },
    })),
  })),
};

/** @param changes Replace parts of the record. */
export function sampleRun(changes: Partial<RunRecord> = {}): RunRecord {
  return {
    name: "sample",
    createdAt: "2026-01-02T03:04:05.000Z",
    durationSeconds: 102.4,
    command: "npm run pipeline -- --name sample --seed 1",
    seed: 1,
    config: { title: { encoder: "gru", attention: "bahdanau" }, training: { batchSize: 64 } },
    backend: "wasm",
    versions: { node: "20.19.0", "@tensorflow/tfjs-core": "4.22.0" },
    gitCommit: "0123456789abcdef",
    dataset: DATASET,
    preprocess: { "Vocabulary size": 1204, "Poster size": "96 x 64", "Posters from cache": 598 },
    model: MODEL,
    graph: GRAPH,
    towers: TOWERS,
    monitoredFold: [],
    leftOut: [],
    mistakes: [
      {
        name: "The Lantern of Doom (1987)",
        truth: "Horror",
        answer: "Comedy 0.91",
        score: "0.200",
      },
    ],
    cutTexts: [],
    parity: {
      movies: 660,
      tolerance: 1e-5,
      outputs: [{ name: "probabilities", maxAbs: 3.1e-7, maxRel: 2.2e-6, mean: 4e-8 }],
    },
    evaluation: sampleEvaluation(),
    ratingsCurves: [
      { input: "ratings", group: "ratings", points: RATINGS_CURVE, published: PUBLISHED_CURVE },
    ],
    fusions: FUSIONS,
    learning: LEARNING,
    comparisons: [
      {
        base: { title: { epochs: 3 } },
        folds: 3,
        objective: "mAP@5 of title, all movies",
        rows: [
          { options: "title.encoder=gru", mean: 0.612, std: 0.011 },
          { options: "title.encoder=rnn", mean: null, std: null },
        ],
      },
    ],
    precisions: [
      { precision: "fp32", bytes: 365_120, score: 0.823, maxAbs: 0 },
      { precision: "q8", bytes: 98_304, score: 0.821, maxAbs: 0.0123 },
    ],
    ...changes,
  };
}
