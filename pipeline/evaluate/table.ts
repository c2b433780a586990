/** Results as aligned Markdown tables, readable both in a terminal and in a README. */

import type { Interval } from "./bootstrap.ts";
import type { EvaluationReport } from "./evaluate.ts";

export type Alignment = "left" | "right";

/** Shown in place of missing values. */
const NONE = "-";

/** One row per subset of inputs and baseline: mAP@K, LRAP and F1. */
export function metricsTable({ rows }: EvaluationReport): string {
  const ks = rows[0]?.mapAtK.map(({ k }) => k) ?? [];
  const header = ["input", "movies", "mAP@5 [95 %]", ...ks.map((k) => `mAP@${k}`), "LRAP"];
  header.push("F1 micro", "F1 macro", "F1 samples");
  const cells = rows.map((row) => [
    row.kind === "baseline" ? `baseline: ${row.name}` : row.name,
    formatMovies(row.movies, row.population),
    formatInterval(row.map5),
    ...row.mapAtK.map(({ value }) => formatScore(value)),
    formatScore(row.lrap),
    formatScore(row.f1?.micro),
    formatScore(row.f1?.macro),
    formatScore(row.f1?.samples),
  ]);
  return markdownTable(header, cells);
}

/** mAP@5 with its interval for each group of movies, one column per group. */
export function groupsTable({ rows }: EvaluationReport): string {
  const groups = rows[0]?.groups ?? [];
  const header = ["mAP@5", ...groups.map(({ group, movies }) => `${group} (${movies})`)];
  const cells = rows.map((row) => [
    row.kind === "baseline" ? `baseline: ${row.name}` : row.name,
    ...row.groups.map(({ map5 }) => formatInterval(map5)),
  ]);
  return markdownTable(header, cells);
}

/** One row per genre, most frequent first. */
export function genresTable({ genres }: EvaluationReport): string {
  const cells = genres
    .toSorted((a, b) => b.support - a.support)
    .map(({ label, support, averagePrecision, f1, threshold }) => [
      label,
      String(support),
      formatScore(averagePrecision),
      formatScore(f1),
      formatScore(threshold),
    ]);
  return markdownTable(["genre", "movies", "AP", "F1", "threshold"], cells);
}

/** A score with three decimals; "-" for none. */
export function formatScore(score: number | null | undefined): string {
  return score === null || score === undefined ? NONE : score.toFixed(3);
}

/** "0.941 [0.930, 0.952]" */
export function formatInterval(interval: Interval | null): string {
  if (interval === null) return NONE;
  const { mean, low, high } = interval;
  return `${mean.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
}

function formatMovies(movies: number, population: string): string {
  return population === "all movies" ? String(movies) : `${movies} ${population}`;
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
