/** Mean and standard deviation over the folds of every metric that a run reports. */

import type { EvaluationReport, ScoredRow } from "../evaluate/evaluate.ts";

export interface FoldFigure {
  /** Subset of the inputs. */
  readonly input: string;
  /** Group of movies. */
  readonly group: string;
  /** "mAP@5", "LRAP", "F1 micro", ... */
  readonly metric: string;
  readonly mean: number;
  /** Sample standard deviation over the folds (n - 1); 0 for a single fold. */
  readonly std: number;
}

export interface CrossValidation {
  readonly folds: number;
  readonly figures: readonly FoldFigure[];
}

export function summarizeFolds(reports: readonly EvaluationReport[]): CrossValidation {
  const perFold = reports.map((report) => report.rows.flatMap(figuresOf));
  const figures = perFold[0]!.map((first, i): FoldFigure => {
    const values = perFold.flatMap((rows) => rows[i]!.value ?? []);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const { input, group, metric } = first;
    return {
      input,
      group,
      metric,
      mean,
      std: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0,
    };
  });
  return {
    folds: reports.length,
    // Groups without movies in any fold have no mean.
    figures: figures.filter(({ mean }) => Number.isFinite(mean)),
  };
}

function figuresOf(row: ScoredRow) {
  const named = (group: string, metric: string, value: number | null | undefined) => ({
    input: row.name,
    group,
    metric,
    value: value ?? null,
  });
  return [
    ...row.mapAtK.map(({ k, value }) => named(row.population, `mAP@${k}`, value)),
    named(row.population, "LRAP", row.lrap),
    ...(["micro", "macro", "samples"] as const).map((kind) =>
      named(row.population, `F1 ${kind}`, row.f1?.[kind]),
    ),
    ...row.groups
      .filter(({ group }) => group !== row.population)
      .map(({ group, map5 }) => named(group, "mAP@5", map5?.mean)),
  ];
}

/** The folds' mAP@5 as text for a terminal. */
export function foldTable({ folds, figures }: CrossValidation): string {
  const shown = figures.filter(({ metric }) => metric === "mAP@5");
  const width = Math.max(...shown.map(({ input, group }) => input.length + group.length + 2));
  return [
    `mAP@5 over ${folds} folds of the train split, mean ± standard deviation:`,
    ...shown.map(({ input, group, mean, std }) => {
      const name = `${input}, ${group}`;
      return `  ${name.padEnd(width)}  ${mean.toFixed(4)} ± ${std.toFixed(4)}`;
    }),
  ].join("\n");
}

export interface FigureComparison extends FoldFigure {
  /** The same figure of the published graph. */
  readonly here: number | null | undefined;
  /** Whether it is within one standard deviation of the folds' mean; undefined if unknown. */
  readonly within: boolean | undefined;
}

/** The folds' mAP@5, each with that of a run. */
export function comparedFigures(
  { figures }: CrossValidation,
  { rows }: EvaluationReport,
): FigureComparison[] {
  return figures
    .filter(({ metric }) => metric === "mAP@5")
    .map((figure) => {
      const row = rows.find(({ name, kind }) => kind === "model" && name === figure.input);
      const here = row?.groups.find(({ group }) => group === figure.group)?.map5?.mean;
      const within = here === undefined ? undefined : Math.abs(here - figure.mean) <= figure.std;
      return { ...figure, here, within };
    });
}
