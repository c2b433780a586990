/** Blocks of a target's results as markup of the report and Markdown of the model card. */

import { markdownTable } from "../evaluate/table.ts";
import type { Block, Chart } from "../targets/blocks.ts";
import { formatScore } from "../targets/format.ts";
import { barChart, matrixChart, pointsChart } from "./charts.ts";
import { formatCount } from "./format.ts";
import { type Html, howToRead, html, table } from "./markup.ts";

export function blockHtml({ title, chart, caption, header, rows }: Block): Html {
  return html`<h3>${title}</h3>
${chart ? explainedFigure(chart, caption) : html`<p>${caption}</p>`}
${rows.length === 0 ? "" : table(header, rows, numericColumns(rows))}\n`;
}

/** Columns after the first whose cells are figures, or dashes in their place. */
function numericColumns(rows: Block["rows"]): boolean[] {
  const isFigure = (cell: string | number) => /^(-|-?[\d.,]+)$/.test(String(cell));
  return rows[0]!.map((_, column) => column > 0 && rows.every((cells) => isFigure(cells[column]!)));
}

export function blockMarkdown({ caption, header, rows }: Block): string {
  return `${caption}\n\n${markdownTable(
    header,
    rows.map((cells) => cells.map(String)),
  )}`;
}

/** A figure, and how to read it. */
export function explainedFigure(chart: Chart, caption: string): Html {
  return html`${figure(chart, caption)}
${howToRead(chart.reading)}`;
}

export function figure(chart: Chart, caption: string): Html {
  return html`<figure>${draw(chart)}
<figcaption>${caption}</figcaption></figure>`;
}

function draw(chart: Chart): Html {
  switch (chart.kind) {
    case "bars":
      return barChart(chart.bars, {
        description: chart.description,
        axis: chart.axis,
        ...(chart.unit === "score" ? { max: 1, format: formatScore } : { format: formatCount }),
      });
    case "matrix":
      return matrixChart(chart);
    case "points":
      return pointsChart(chart);
  }
}
