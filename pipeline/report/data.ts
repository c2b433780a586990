/** The report's section on the data set: what it has, what is made of it, and what could not be used. */

import { capitalised } from "../../predictor/nouns.ts";
import type { DataIssue } from "../dataset/dataset.ts";
import { KEPT_PER_FILE } from "../dataset/issues.ts";
import { rulesOf } from "../targets/types.ts";
import { explainedFigure } from "./blocks.ts";
import { formatCount } from "./format.ts";
import { facts, type Html, html, table } from "./markup.ts";
import type { RunRecord } from "./runRecord.ts";

/** Lists of more issues are collapsed at first. */
const OPEN_ISSUES = 20;

export function dataSection({ dataset, preprocess, evaluation }: RunRecord): Html {
  const { nouns, distribution } = dataset;
  const { list, outputs } = rulesOf({ type: evaluation.target }).texts;
  const listed = list(nouns);
  const counted: [string, number | undefined][] = [
    ...dataset.rated.flatMap(({ input, ratings, users }): [string, number][] => {
      const whose = dataset.rated.length > 1 ? ` (${input})` : "";
      return [
        [`Ratings${whose}`, ratings],
        [`Users${whose}`, users],
      ];
    }),
    [dataset.isMovies ? "Posters" : `${capitalised(nouns.items)} with an image`, dataset.posters],
  ];
  return html`
<h3>Data set</h3>
${facts([
  ["Name", dataset.synthetic ? `${dataset.name} (synthetic)` : dataset.name],
  [`Training ${nouns.items}`, formatCount(dataset.trainMovies)],
  [`Validation ${nouns.items}`, formatCount(dataset.validationMovies)],
  [`Test ${nouns.items}`, formatCount(dataset.testMovies)],
  listed === undefined
    ? ["Target", outputs(dataset.labels.length, dataset)]
    : [listed, dataset.labels.length],
  ...counted.flatMap(([name, count]): [string, string][] =>
    count === undefined ? [] : [[name, formatCount(count)]],
  ),
])}
<p><small>SHA-256 of the tables: <code>${dataset.sha256}</code></small></p>
${explainedFigure(distribution.chart, distribution.caption)}
<h3>Steps</h3>
${facts(
  Object.entries(preprocess).map(([name, value]) => [
    name,
    typeof value === "number" && Number.isInteger(value) ? formatCount(value) : value,
  ]),
)}
<h3>Issues in the data</h3>
${issues(dataset)}`;
}

function issues({ issues, issueCount, noteCount, posters, isMovies }: RunRecord["dataset"]): Html {
  const read = posters === undefined ? "" : ` and ${isMovies ? "posters" : "images"}`;
  const notes = issues.filter(({ note }) => note);
  const losses = issues.filter(({ note }) => !note);
  return html`${
    issueCount === 0
      ? html`<p>None: all lines${read} could be read.</p>`
      : html`<p>${formatCount(issueCount)} ${issueCount === 1 ? "line or file" : "lines or files"}
could not be used and ${issueCount === 1 ? "was" : "were"} left out.</p>
${issueTable(losses, issueCount, "issue")}`
  }
${
  noteCount === 0
    ? ""
    : html`<h3>Notes on the data</h3>
<p>No data was left out because of ${noteCount === 1 ? "this" : "these"}.</p>
${issueTable(notes, noteCount, "note")}`
}`;
}

/** @param total Number of issues, including those missing from the list. */
function issueTable(list: readonly DataIssue[], total: number, what: string): Html {
  const more = total - list.length;
  return html`<details${list.length > OPEN_ISSUES ? "" : html` open`}>
<summary>${more > 0 ? `The first ${formatCount(list.length)} of ${formatCount(total)}` : `All ${formatCount(total)}`}</summary>
${table(
  ["file", "line", what],
  list.map(({ file, line, message }) => [file, line ?? "-", message]),
  [false, true, false],
)}</details>
${more > 0 ? html`<p>${formatCount(more)} more are not listed: only the first ${formatCount(KEPT_PER_FILE)} of each file are.</p>` : ""}`;
}
