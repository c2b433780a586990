/** A bundle's README.md: a model card with front matter for the Hugging Face hub. */

import { listOf } from "../../predictor/listOf.ts";
import { fullRowOf } from "../evaluate/evaluate.ts";
import { figureOf, formatInterval, markdownTable } from "../evaluate/table.ts";
import { formatScore } from "../targets/format.ts";
import { crossValidation, limits, results } from "./cardResults.ts";
import { text, textsOf } from "./cardText.ts";
import { caveats, filesLeftOut } from "./caveats.ts";
import { formatCount, formatDuration, formatShape } from "./format.ts";
import { precisionColumns, publishedRows } from "./precisionRows.ts";
import type { RunRecord, TensorRecord } from "./runRecord.ts";

/** Meaning of our graph's tensors; other tensors are listed without one. */
const MEANINGS: Readonly<Record<string, string>> = {
  title_tokens: "indices of the title's words and character n-grams, 0 = none",
  year: "year of release; 0 = unknown",
  poster: "RGB pixels, rows from the top; all 0 = no poster",
  has_poster: "1 or 0",
  rating_users: "table rows of the users or of their demographic groups; 0 = none, 1 = unknown",
  rating_stars: "stars of each rating, 0 = none",
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
  const { hub } = textsOf(evaluation);
  const scores = [
    [evaluation.metric, full?.score?.mean],
    ...Object.entries(hub.figures).map(
      ([figure, name]) => [name, full && figureOf(full, figure)] as const,
    ),
  ] as const;
  const metrics = scores.flatMap(([type, value]) =>
    value === undefined || value === null
      ? []
      : [
          `          - type: ${JSON.stringify(type)}`,
          `            value: ${Number(formatScore(value, value, 1))}`,
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
    `  - ${hub.task}`,
    ...(dataset.isMovies ? ["  - movies"] : []),
    "  - multimodal",
    ...(dataset.synthetic ? ["  - synthetic-data"] : []),
    "metrics:",
    ...hub.metrics.map((metric) => `  - ${metric}`),
    ...(metrics.length === 0
      ? []
      : [
          "model-index:",
          `  - name: ${JSON.stringify(name)}`,
          "    results:",
          "      - task:",
          `          type: ${hub.task}`,
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
  if (full?.score) {
    lines.push(
      `${evaluation.metric} on the ${dataset.evaluatedOn} split: **${formatInterval(full.score)}** (95 % interval, ${full.name}, ` +
        `${formatCount(full.movies)} ${dataset.synthetic ? "invented " : ""}${dataset.nouns.items}).`,
    );
  }
  lines.push(...caveats(run));
  return lines.join("\n\n");
}

function intendedUse({ dataset, evaluation }: RunRecord): string {
  const { use, list } = textsOf(evaluation);
  const listed = list(dataset.nouns);
  return `## Intended use

${text(use(dataset))} for a person or a catalogue to confirm; teaching; a reference for the conversion of \
TensorFlow.js models to ONNX. Not intended for decisions about people, nor for judging individual users.${listed === undefined ? "" : `\n\n${text(listed)}: ${dataset.labels.map(text).join(", ")}.`}`;
}

function usage({ name, dataset, evaluation }: RunRecord): string {
  const contents = dataset.isMovies
    ? "the vocabulary, the indices of the users, the genres and a threshold for each"
    : `what the graph's inputs are made from and what its output means, ${textsOf(evaluation).outputs(dataset.labels.length, dataset)}`;
  return `## How to use

In a checkout of Marquee, with this folder at \`models/${name}\`:

\`\`\`sh
npm run predict -- --model models/${name} ${dataset.example}
\`\`\`

The graph's inputs are the tensors below; \`manifest.json\` has ${contents}.`;
}

function graph({ graph, dataset, evaluation }: RunRecord): string {
  const [answers] = graph.outputs;
  const meanings: Readonly<Record<string, string>> = {
    ...(dataset.isMovies
      ? MEANINGS
      : { modality_weights: `weights of what ${listOf(dataset.inputs)} contribute` }),
    ...(answers ? { [answers.name]: textsOf(evaluation).output(dataset) } : {}),
  };
  const rows = (tensors: readonly TensorRecord[], direction: string) =>
    tensors.map(({ name, type, shape }) => [
      direction,
      `\`${name}\``,
      type,
      `\`${formatShape(shape)}\``,
      meanings[name] ?? "",
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

${text(dataset.name)}${kind}: ${formatCount(dataset.trainMovies)} ${dataset.nouns.items} for training, \
${formatCount(dataset.validationMovies)} for validation, ${formatCount(dataset.testMovies)} for testing${counted(dataset)}. Lines and files that could not be used: \
${formatCount(dataset.issueCount)}.

${[`${formatCount(model.parameters)} parameters.`, ...model.description.map(text)].join("\n\n")}`;
}

/** "; 12,345 ratings by 400 users; 600 posters" */
function counted({ rated, posters, isMovies, nouns }: RunRecord["dataset"]): string {
  const parts = [
    ...rated.map(
      ({ input, ratings, users }) =>
        `${formatCount(ratings)} ratings by ${formatCount(users)} users${rated.length > 1 ? ` (${text(input)})` : ""}`,
    ),
    ...(posters === undefined
      ? []
      : [`${formatCount(posters)} ${isMovies ? "posters" : `${nouns.items} with an image`}`]),
  ];
  return parts.map((part) => `; ${part}`).join("");
}

function licence({ dataset, mistakes }: RunRecord): string {
  const { nouns, evaluatedOn, isMovies } = dataset;
  const count = mistakes.length;
  const named = `${count} ${count === 1 ? nouns.item : nouns.items} of the ${evaluatedOn} split`;
  const known =
    dataset.rated.length === 0 ? "a vocabulary" : "a vocabulary, the ids of users who rated";
  const listed = [
    ...(count === 0
      ? []
      : [
          `${named} by name, with true and given answers (“Most wrong”; a run with \`--mistakes 0\` lists none)`,
        ]),
    ...(dataset.issues.length === 0
      ? []
      : ["what is wrong with rows and files, with their values"]),
  ];
  const contents =
    listed.length === 0
      ? `only weights, ${known} and aggregate figures, ${isMovies ? "neither the data set nor any poster" : "not the data set"}.`
      : `weights, ${known}, aggregate figures and, in \`report.html\`, ${listed.join(", and ")}; nothing else of the data set${isMovies ? ", and no poster" : ""}.`;
  const terms = isMovies
    ? "The terms of the training data may affect the use of the weights; MovieLens data, for example, is " +
      "provided by GroupLens for research, may not be redistributed, and needs permission for commercial " +
      "use. Posters belong to their owners."
    : "The terms of the training data may affect the use of the weights.";
  const body = dataset.synthetic
    ? "Code, weights and the synthetic data set are under the Apache License 2.0."
    : `Marquee's code is under the Apache License 2.0. This folder contains ${contents} ${terms}`;
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

${[markdownTable(precisionColumns(run.evaluation.metric), files), ...filesLeftOut(run.precisions)].join("\n\n")}

\`report.html\` describes the same run with charts.`;
}
