/** A bundle's README.md: a model card with front matter for the Hugging Face hub. */

import { fullRowOf } from "../evaluate/evaluate.ts";
import {
  formatInterval,
  formatScore,
  genresTable,
  groupsTable,
  markdownTable,
  metricsTable,
} from "../evaluate/table.ts";
import { type CrossValidation, comparedFigures } from "../folds/summary.ts";
import { caveats, filesLeftOut } from "./caveats.ts";
import { formatCount, formatDuration, formatError, formatShape } from "./format.ts";
import { PRECISION_COLUMNS, publishedRows } from "./precisionRows.ts";
import type { RunRecord, TensorRecord } from "./runRecord.ts";

/** Meaning of our graph's tensors; other tensors are listed without one. */
const MEANINGS: Readonly<Record<string, string>> = {
  title_tokens: "indices of the title's words and character n-grams, 0 = none",
  year: "year of release; 0 = unknown",
  poster: "RGB pixels, rows from the top; all 0 = no poster",
  has_poster: "1 or 0",
  rating_users: "table rows of the users or of their demographic groups; 0 = none, 1 = unknown",
  rating_stars: "stars of each rating, 0 = none",
  probabilities: "one probability per genre; genres do not exclude each other",
  title_attention: "weight of each word of the title",
  modality_weights: "weights of the logits of title, poster and ratings",
};

/** The model card as Markdown with a final newline. Equal records give equal cards. */
export function renderModelCard(run: RunRecord): string {
  const parts = [
    frontMatter(run),
    `# ${text(run.name)}`,
    introduction(run),
    intendedUse(run),
    usage(run),
    graph(run),
    training(run),
    results(run),
    ...(run.crossValidation ? [crossValidation(run.crossValidation, run)] : []),
    limits(run),
    licence(run),
    reproduction(run),
  ];
  return `${parts.join("\n\n")}\n`;
}

/** YAML; strings are written as JSON, which YAML 1.2 contains. */
function frontMatter({ name, dataset, evaluation }: RunRecord): string {
  const full = fullRowOf(evaluation);
  const scores = [
    ["mAP@5", full?.map5?.mean],
    ["LRAP", full?.lrap],
    ["F1 (micro)", full?.f1?.micro],
    ["F1 (macro)", full?.f1?.macro],
  ] as const;
  const metrics = scores.flatMap(([type, value]) =>
    value === undefined || value === null
      ? []
      : [
          `          - type: ${JSON.stringify(type)}`,
          `            value: ${Number(value.toFixed(4))}`,
        ],
  );
  return [
    "---",
    ...(dataset.synthetic
      ? ["license: apache-2.0"]
      : ["license: other", "license_name: apache-2.0-and-terms-of-the-training-data"]),
    "library_name: onnx",
    "pipeline_tag: other",
    "tags:",
    "  - onnx",
    "  - tfjs",
    "  - multi-label-classification",
    "  - movies",
    "  - multimodal",
    ...(dataset.synthetic ? ["  - synthetic-data"] : []),
    "metrics:",
    "  - f1",
    ...(metrics.length === 0
      ? []
      : [
          "model-index:",
          `  - name: ${JSON.stringify(name)}`,
          "    results:",
          "      - task:",
          "          type: multi-label-classification",
          "        dataset:",
          `          name: ${JSON.stringify(dataset.name)}`,
          `          type: ${JSON.stringify(dataset.name)}`,
          `          split: ${dataset.evaluatedOn}`,
          "        metrics:",
          ...metrics,
        ]),
    "---",
  ].join("\n");
}

function introduction(run: RunRecord): string {
  const { dataset, evaluation } = run;
  const full = fullRowOf(evaluation);
  const lines = [
    `${text(dataset.subject)}: a TensorFlow.js model as an ONNX graph, for Node ` +
      "and the browser. Any of the inputs may be missing.",
  ];
  if (dataset.synthetic) {
    lines.push(
      "> **Warning: synthetic data.** This model was trained and evaluated on invented movies, " +
        "posters and ratings, to try out the pipeline. Its figures say nothing about real movies, " +
        "and it must not be used on them.",
    );
  }
  if (full?.map5) {
    lines.push(
      `mAP@5 on the ${dataset.evaluatedOn} split: **${formatInterval(full.map5)}** (95 % interval, ${full.name}, ` +
        `${formatCount(full.movies)} ${dataset.synthetic ? "invented " : ""}movies).`,
    );
  }
  lines.push(...caveats(run));
  return lines.join("\n\n");
}

function intendedUse({ dataset }: RunRecord): string {
  const genres = dataset.labels.map(text).join(", ");
  return `## Intended use

Suggesting genres of movies for a person or a catalogue to confirm; teaching; a reference for the conversion of \
TensorFlow.js models to ONNX. Not intended for decisions about people, nor for judging individual users.

Genres: ${genres}.`;
}

function usage({ name }: RunRecord): string {
  return `## How to use

In a checkout of Marquee, with this folder at \`models/${name}\`:

\`\`\`sh
npm run predict -- --model models/${name} --title "The Silent Harbour (1998)" --poster poster.jpg
\`\`\`

The graph's inputs are the tensors below; \`manifest.json\` has the vocabulary, the indices of the users, the \
genres and a threshold for each.`;
}

function graph({ graph }: RunRecord): string {
  const rows = (tensors: readonly TensorRecord[], direction: string) =>
    tensors.map(({ name, type, shape }) => [
      direction,
      `\`${name}\``,
      type,
      `\`${formatShape(shape)}\``,
      MEANINGS[name] ?? "",
    ]);
  const table = markdownTable(
    ["", "tensor", "type", "shape", "meaning"],
    [...rows(graph.inputs, "input"), ...rows(graph.outputs, "output")],
    ["left", "left", "left", "left", "left"],
  );
  return `## Inputs and outputs\n\n${table}`;
}

function training({ dataset, model }: RunRecord): string {
  const kind = dataset.synthetic ? " (**synthetic**: every movie is invented)" : "";
  return `## Training data and model

${text(dataset.name)}${kind}: ${formatCount(dataset.trainMovies)} movies for training, \
${formatCount(dataset.validationMovies)} for validation, ${formatCount(dataset.testMovies)} for testing; \
${formatCount(dataset.ratings)} ratings by ${formatCount(dataset.users)} users; \
${formatCount(dataset.posters)} posters. Lines and files that could not be used: \
${formatCount(dataset.issueCount)}.

${[`${formatCount(model.parameters)} parameters.`, ...model.description.map(text)].join("\n\n")}`;
}

function results(run: RunRecord): string {
  const { evaluation, parity } = run;
  const differences = parity.outputs
    .map(({ name, maxAbs }) => `\`${name}\` ${formatError(maxAbs)}`)
    .join(", ");
  return `## Results

On the ${formatCount(evaluation.movies)} movies of the ${run.dataset.evaluatedOn} split, computed with the published graph. \
Intervals are 95 % percentile bootstrap intervals over movies. AP@K sums the precision at each hit \
among the first K genres and divides by min(number of genres, K).

${inert(metricsTable(evaluation))}

By group of movies:

${inert(groupsTable(evaluation))}

By genre (${text(evaluation.fullRow)}; AP is the area under the precision-recall curve):

${inert(genresTable(evaluation))}

Largest absolute difference between this graph and the TensorFlow.js model on \
${formatCount(parity.movies)} movies: ${differences}.`;
}

function crossValidation(summary: CrossValidation, { evaluation, dataset }: RunRecord): string {
  const rows = comparedFigures(summary, evaluation).map(({ input, group, mean, std, here }) => [
    input,
    group,
    `${formatScore(mean)} ± ${formatScore(std)}`,
    formatScore(here),
  ]);
  return `## Cross-validation

Mean and standard deviation of mAP@5 over ${summary.folds} folds of the train split, and mAP@5 on the ${dataset.evaluatedOn} split:

${inert(
  markdownTable(["input", "movies", "folds", dataset.evaluatedOn], rows, [
    "left",
    "left",
    "right",
    "right",
  ]),
)}`;
}

function limits(run: RunRecord): string {
  const { dataset, evaluation } = run;
  const rare = evaluation.genres.filter(({ support }) => support < 20).map(({ label }) => label);
  const unrated = fullRowOf(evaluation)?.groups.find(({ group }) => group === "unrated")?.map5;
  const points = [
    "Genres are those of the data set; they are neither complete nor universally agreed on.",
    "Users who are not in the training data are distinguished only by their demographics, and movies without ratings are " +
      "classified by title and poster alone" +
      (unrated ? ` (mAP@5 ${formatScore(unrated.mean)} on unrated movies).` : "."),
    "Accuracy differs widely between genres; see the table above before relying on one.",
  ];
  if (rare.length > 0) {
    points.push(
      `Genres with fewer than 20 ${dataset.evaluatedOn} movies, whose figures are uncertain: ${rare.map(text).join(", ")}.`,
    );
  }
  points.push(...caveats(run));
  if (dataset.synthetic) {
    points.unshift("**Trained on synthetic data: not usable on real movies.**");
  }
  return `## Limits\n\n${points.map((point) => `- ${point}`).join("\n")}`;
}

function licence({ dataset }: RunRecord): string {
  const body = dataset.synthetic
    ? "Code, weights and the synthetic data set are under the Apache License 2.0."
    : "Marquee's code is under the Apache License 2.0. This folder contains only weights, a vocabulary " +
      "and aggregate figures, neither the data set nor any poster. The terms of the training data may " +
      "affect the use of the weights; MovieLens data, for example, is provided by GroupLens for " +
      "research, may not be redistributed, and needs permission for commercial use. Posters belong to " +
      "their owners.";
  return `## Licence\n\n${body}`;
}

function reproduction(run: RunRecord): string {
  const facts = [
    ["seed", String(run.seed)],
    ["backend", run.backend],
    ["created", run.createdAt],
    ["duration", formatDuration(run.durationSeconds)],
    ["commit", run.gitCommit ?? "-"],
    ["data (SHA-256 of the tables)", run.dataset.sha256],
    ...Object.entries(run.versions),
  ] as const;
  const files = publishedRows(run.precisions).map(([file, ...figures]) => [
    `\`${file}\``,
    ...figures,
  ]);
  return `## Reproduction

\`\`\`sh
${run.command}
\`\`\`

${markdownTable(["", "value"], facts, ["left", "left"])}

${[markdownTable(PRECISION_COLUMNS, files), ...filesLeftOut(run.precisions)].join("\n\n")}

\`report.html\` describes the same run with charts.`;
}

/** Escapes Markdown and HTML in text from the data. */
function text(value: string): string {
  return value.replace(/[\\`*_[\]<>#|]/g, "\\$&").replace(/\s*\r?\n\s*/g, " ");
}

/** Escapes HTML in a Markdown table. */
function inert(table: string): string {
  return table.replaceAll("<", "&lt;");
}
