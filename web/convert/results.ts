/** Shows the result of a conversion. */

import type { GraphTensor } from "../../pipeline/export/convert.ts";
import { type ConversionIssue, firstOf, groupIssues } from "../../pipeline/export/errors.ts";
import { kilobytes, scientific } from "../../pipeline/export/report.ts";
import { type Difference, verdictOf } from "../../pipeline/export/verify/measure.ts";
import { byId, create } from "../page/dom.ts";
import type { ConvertResult } from "./protocol.ts";

type Cell = string | number;

let url: string | undefined;

export function showResult(result: ConvertResult): void {
  if (url) URL.revokeObjectURL(url);
  url = URL.createObjectURL(new Blob([result.onnx], { type: "application/octet-stream" }));
  const link = byId<HTMLAnchorElement>("download");
  Object.assign(link, { href: url, download: result.fileName });
  link.textContent = `Download ${result.fileName}`;

  const { layers, isGraphModel, operators, notes, onnx, weightBytes } = result;
  const parts = isGraphModel ? "nodes" : "layers";
  const nodes = operators.reduce((sum, [, count]) => sum + count, 0);
  fillFacts([
    ["Size", `${kilobytes(onnx.length)} (weight files: ${kilobytes(weightBytes)})`],
    ["Weights", `${result.parameters.toLocaleString("en")}, stored as ${result.precision}`],
    ["Graph", `${nodes} operators from ${layers.length} ${parts}`],
    ["Converted in", `${Math.round(result.milliseconds)} ms`],
  ]);
  fillTable(
    "tensors",
    ["", "name", "type", "shape"],
    [
      ...result.inputs.map((info) => tensorRow("input", info)),
      ...result.outputs.map((info) => tensorRow("output", info)),
    ],
  );
  fillTable("operators", ["operator", "count"], operators);
  fillTable(
    "layers",
    isGraphModel ? ["node", "operator"] : ["layer", "class"],
    layers.map(({ path, className }) => [path, className]),
  );
  byId("layers-summary").textContent = isGraphModel ? "Nodes" : "Layers";
  byId("notes").replaceChildren(...notes.map((note) => create("li", {}, note)));
  showComparison("comparison", result.comparison);
}

export function showProblems(
  problems: readonly ConversionIssue[],
  comparison: ConvertResult["comparison"] | undefined,
): void {
  byId("problems").replaceChildren(
    ...groupIssues(problems).map(({ first, paths }) => {
      const [, ...others] = paths;
      const more = others.length > 0 ? `; the same at ${firstOf(others)}` : "";
      return create("li", {}, create("strong", {}, first.path), ` ${first.message}${more}.`);
    }),
  );
  showComparison("failed-comparison", comparison);
}

function showComparison(id: string, comparison: ConvertResult["comparison"] | undefined): void {
  byId(`${id}-section`).hidden = !comparison;
  if (!comparison) return;
  const { rows, tolerance } = comparison;
  const reduced = rows.some(({ againstFull }) => againstFull);
  const numbers = ({ absolute, relative }: Difference) => [
    scientific(absolute),
    scientific(relative),
  ];
  fillTable(
    id,
    [
      "output",
      "shape",
      "largest error",
      "relative",
      ...(reduced ? ["against fp32", "relative"] : []),
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
