/** Results as aligned Markdown tables, readable both in a terminal and in a README. */

import { formatScore } from "../targets/format.ts";
import type { Interval } from "./bootstrap.ts";
import type { EvaluationReport, ScoredRow } from "./evaluate.ts";
import { allMovies } from "./facts.ts";

export { formatScore };

export type Alignment = "left" | "right";

/** Shown in place of missing values. */
const NONE = "-";

/** One row per subset of inputs and baseline: the target's metric with its interval, and all further figures. */
export function metricsTable(report: EvaluationReport): string {
  const { rows, metric, columns, nouns } = report;
  const further = columns.flat();
  const cells = rows.map((row) => [
    rowLabel(row),
    row.population === allMovies(report) ? String(row.movies) : `${row.movies} ${row.population}`,
    formatInterval(row.score),
    ...further.map((column) => formatScore(figureOf(row, column))),
  ]);
  return markdownTable(["input", nouns.items, `${metric} [95 %]`, ...further], cells);
}

/** The metric with its interval for each group of movies, one column per group. */
export function groupsTable({ rows, metric }: EvaluationReport): string {
  const groups = rows[0]?.groups ?? [];
  const header = [metric, ...groups.map(({ group, movies }) => `${group} (${movies})`)];
  const cells = rows.map((row) => [
    rowLabel(row),
    ...row.groups.map(({ score }) => formatInterval(score)),
  ]);
  return markdownTable(header, cells);
}

export function rowLabel({ name, kind }: Pick<ScoredRow, "name" | "kind">): string {
  return kind === "baseline" ? `baseline: ${name}` : name;
}

/** Null where the row has no such figure. */
export function figureOf({ figures }: ScoredRow, metric: string): number | null {
  return figures.find((figure) => figure.metric === metric)?.value ?? null;
}

/** "0.941 [0.930, 0.952]" */
export function formatInterval(interval: Interval | null): string {
  if (interval === null) return NONE;
  const { mean, low, high } = interval;
  return `${formatScore(mean)} [${formatScore(low, mean)}, ${formatScore(high, mean)}]`;
}

/**
 * A Markdown table with aligned source text. By default, the first column is aligned left and the others right. Pipes in
 * cells are escaped, line breaks become spaces.
 */
export function markdownTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  alignments: readonly Alignment[] = header.map((_, i) => (i === 0 ? "left" : "right")),
): string {
  const lines = [header, ...rows].map((cells) => cells.map(escapeCell));
  const widths = header.map((_, column) =>
    Math.max(3, ...lines.map((cells) => [...(cells[column] ?? "")].length)),
  );
  const render = (cells: readonly string[]) =>
    `| ${widths.map((width, i) => pad(cells[i] ?? "", width, alignments[i])).join(" | ")} |`;
  const rule = widths.map((width, i) =>
    alignments[i] === "right" ? `${"-".repeat(width - 1)}:` : "-".repeat(width),
  );
  const [first, ...rest] = lines;
  return [render(first!), render(rule), ...rest.map(render)].join("\n");
}

function escapeCell(cell: string): string {
  return cell.replace(/\s*\r?\n\s*/g, " ").replaceAll("|", "\\|");
}

function pad(cell: string, width: number, alignment: Alignment | undefined): string {
  const filler = " ".repeat(width - [...cell].length);
  return alignment === "right" ? filler + cell : cell + filler;
}
