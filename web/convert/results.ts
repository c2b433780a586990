/** Shows the result of a conversion. */

import type { GraphTensor } from "../../pipeline/export/convert.ts";
import { type ConversionIssue, firstOf, groupIssues } from "../../pipeline/export/errors.ts";
import { scientific } from "../../pipeline/export/report.ts";
import { type Difference, verdictOf } from "../../pipeline/export/verify/measure.ts";
import { byId, create } from "../page/dom.ts";
import { strings } from "../strings/convert.ts";
import type { ConvertResult, FileProblem } from "./protocol.ts";

type Cell = string | number;

/** Language of the converter's messages: it is a program of its own for developers, in English only. */
const ENGLISH = { lang: "en" };

let url: string | undefined;

export function showResult(result: ConvertResult): void {
  if (url) URL.revokeObjectURL(url);
  url = URL.createObjectURL(new Blob([result.onnx], { type: "application/octet-stream" }));
  const link = byId<HTMLAnchorElement>("download");
  Object.assign(link, { href: url, download: result.fileName });
  link.textContent = strings.download(result.fileName);

  const { layers, isGraphModel, operators, notes, onnx, weightBytes } = result;
  const { heads } = strings;
  const nodes = operators.reduce((sum, [, count]) => sum + count, 0);
  fillFacts([
    [strings.size, strings.sizes(kilobytes(onnx.length), kilobytes(weightBytes))],
    [strings.weights, strings.storedAs(result.parameters, result.precision)],
    [
      strings.graph,
      isGraphModel
        ? strings.operatorsFromNodes(nodes, layers.length)
        : strings.operatorsFromLayers(nodes, layers.length),
    ],
    [strings.convertedIn, `${strings.formats.number(result.milliseconds, 0)} ms`],
  ]);
  fillTable(
    "tensors",
    ["", heads.name, heads.type, heads.shape],
    [
      ...result.inputs.map((info) => tensorRow(strings.input, info)),
      ...result.outputs.map((info) => tensorRow(strings.output, info)),
    ],
  );
  fillTable("operators", [heads.operator, heads.count], operators);
  fillTable(
    "layers",
    isGraphModel ? [heads.node, heads.operator] : [heads.layer, heads.class],
    layers.map(({ path, className }) => [path, className]),
  );
  byId("layers-summary").textContent = isGraphModel ? strings.nodes : strings.layers;
  byId("notes").replaceChildren(
    ...(result.notCompared === undefined
      ? []
      : [create("li", {}, strings.notCompared(result.notCompared))]),
    ...notes.map((note) => create("li", ENGLISH, note)),
  );
  showComparison("comparison", result.comparison);
}

/** @param bytes 1 kB is 1,000 of them. */
export function kilobytes(bytes: number): string {
  return `${strings.formats.number(bytes / 1000, 1)} kB`;
}

export function showWrongFiles(problem: FileProblem): void {
  const [place, text] = inWords(problem);
  byId("problems").replaceChildren(create("li", {}, create("strong", {}, place), ` ${text}.`));
  showComparison("failed-comparison", undefined);
}

function inWords(problem: FileProblem): [place: string, text: string] {
  switch (problem.kind) {
    case "noModel":
      return ["model.json", strings.noModel];
    case "severalModels":
      return [problem.paths.join(", "), strings.severalModels];
    case "notJson":
      return [problem.path, strings.notJson(problem.reason)];
    case "notRead":
      return [problem.path, strings.notRead(problem.reason)];
    case "missing": {
      const { shards, of, model } = problem;
      return [shards.join(", "), strings.missing(shards.length, of, model)];
    }
  }
}

export function showProblems(
  problems: readonly ConversionIssue[],
  comparison: ConvertResult["comparison"] | undefined,
): void {
  byId("problems").replaceChildren(
    ...groupIssues(problems).map(({ first, paths }) => {
      const [, ...others] = paths;
      const more = others.length > 0 ? strings.sameAt(firstOf(others)) : "";
      return create("li", ENGLISH, create("strong", {}, first.path), ` ${first.message}${more}.`);
    }),
  );
  showComparison("failed-comparison", comparison);
}

function showComparison(id: string, comparison: ConvertResult["comparison"] | undefined): void {
  byId(`${id}-section`).hidden = !comparison;
  if (!comparison) return;
  const { rows, tolerance } = comparison;
  const { heads } = strings;
  const reduced = rows.some(({ againstFull }) => againstFull);
  const numbers = ({ absolute, relative }: Difference) => [
    scientific(absolute),
    scientific(relative),
  ];
  fillTable(
    id,
    [
      heads.output,
      heads.shape,
      heads.largestError,
      heads.relative,
      ...(reduced ? [heads.againstFp32, heads.relative] : []),
      "",
    ],
    rows.map((row) => [
      row.output,
      `[${row.shape.join(", ")}]`,
      ...numbers(row),
      ...(row.againstFull ? numbers(row.againstFull) : []),
      verdictOf(row, tolerance).text,
    ]),
  );
}

const tensorRow = (role: string, { name, dtype, shape }: GraphTensor): Cell[] => [
  role,
  name,
  dtype,
  `[${shape.map((size) => size ?? "?").join(", ")}]`,
];

function fillFacts(facts: readonly (readonly [string, string])[]): void {
  byId("facts").replaceChildren(
    ...facts.flatMap(([term, text]) => [create("dt", {}, term), create("dd", {}, text)]),
  );
}

function fillTable(id: string, head: readonly string[], rows: readonly (readonly Cell[])[]): void {
  const header = create("tr", {}, ...head.map((text) => create(text ? "th" : "td", {}, text)));
  for (const cell of header.querySelectorAll("th")) cell.scope = "col";
  const table = byId(id);
  // Tables that are wider than the screen can be scrolled by keyboard, too.
  const scroller = table.closest<HTMLElement>(".scroll");
  if (scroller) scroller.tabIndex = 0;
  table.replaceChildren(
    create("thead", {}, header),
    create(
      "tbody",
      {},
      ...rows.map((cells) =>
        create("tr", {}, ...cells.map((cell) => create("td", {}, String(cell)))),
      ),
    ),
  );
}
