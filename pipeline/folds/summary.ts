/** Mean and standard deviation over the folds of every metric that a run reports. */

import { type EvaluationReport, fullRowOf, type ScoredRow } from "../evaluate/evaluate.ts";
import { formatScore } from "../targets/format.ts";

export interface FoldFigure extends Spread {
  /** Subset of the inputs. */
  readonly input: string;
  /** Group of movies. */
  readonly group: string;
  /** "mAP@5", "LRAP", "F1 micro", ... */
  readonly metric: string;
}

export interface CrossValidation {
  readonly folds: number;
  /** The target's metric, which folds and sweeps follow. */
  readonly metric: string;
  readonly figures: readonly FoldFigure[];
}

export function summarizeFolds(reports: readonly EvaluationReport[]): CrossValidation {
  const perFold = reports.map(({ rows, metric }) => rows.flatMap((row) => figuresOf(row, metric)));
  const figures = perFold[0]!.map((first, i): FoldFigure => {
    const values = perFold.flatMap((rows) => rows[i]!.value ?? []);
    const { input, group, metric } = first;
    return { input, group, metric, ...spreadOf(values) };
  });
  return {
    folds: reports.length,
    metric: reports[0]!.metric,
    // Groups without movies in any fold have no mean.
    figures: figures.filter(({ mean }) => Number.isFinite(mean)),
  };
}

/** Over folds. */
export interface Spread {
  /** NaN without values. */
  readonly mean: number;
  /** Sample standard deviation (n - 1); 0 for a single value. */
  readonly std: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, std: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0 };
}

/** @param main Name of the target's metric, which may be among the row's further figures, too. */
function figuresOf(row: ScoredRow, main: string) {
  const named = (group: string, metric: string, value: number | null | undefined) => ({
    input: row.name,
    group,
    metric,
    value: value ?? null,
  });
  const isListed = row.figures.some(({ metric }) => metric === main);
  return [
    ...(isListed ? [] : [named(row.population, main, row.score?.mean)]),
    ...row.figures.map(({ metric, value }) => named(row.population, metric, value)),
    ...row.groups
      .filter(({ group }) => group !== row.population)
      .map(({ group, score }) => named(group, main, score?.mean)),
  ];
}

/** The folds' scores as text for a terminal. */
export function foldTable({ folds, metric: main, figures }: CrossValidation): string {
  const shown = figures.filter(({ metric }) => metric === main);
  const width = Math.max(...shown.map(({ input, group }) => input.length + group.length + 2));
  return [
    `${main} over ${folds} folds of the train split, mean ± standard deviation:`,
    ...shown.map(({ input, group, mean, std }) => {
      const name = `${input}, ${group}`;
      return `  ${name.padEnd(width)}  ${formatScore(mean, mean, 1)} ± ${formatScore(std, mean, 1)}`;
    }),
  ].join("\n");
}

export interface FigureComparison extends FoldFigure {
  /** The same figure of the published graph. */
  readonly here: number | null | undefined;
  /** Whether it is within one standard deviation of the folds' mean; undefined if unknown. */
  readonly within: boolean | undefined;
}

/** The folds' figure of the target's metric, from all inputs and over all movies; undefined without folds. */
export function mainFigure(
  evaluation: EvaluationReport,
  crossValidation: CrossValidation | undefined,
): FoldFigure | undefined {
  const full = fullRowOf(evaluation);
  return crossValidation?.figures.find(
    (figure) =>
      figure.input === full?.name &&
      figure.group === full.population &&
      figure.metric === evaluation.metric,
  );
}

/** The folds' scores in the target's metric, each with that of a run. */
export function comparedFigures(
  { metric: main, figures }: CrossValidation,
  { rows }: EvaluationReport,
): FigureComparison[] {
  return figures
    .filter(({ metric }) => metric === main)
    .map((figure) => {
      const row = rows.find(({ name, kind }) => kind === "model" && name === figure.input);
      const here = row?.groups.find(({ group }) => group === figure.group)?.score?.mean;
      const within = here === undefined ? undefined : Math.abs(here - figure.mean) <= figure.std;
      return { ...figure, here, within };
    });
}
