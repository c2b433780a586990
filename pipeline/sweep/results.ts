/** Results as tables: Markdown for terminals and people, CSV for spreadsheets, JSON for reports of other runs. */

import { effective, flattened, isSection, type Options } from "../config/compare.ts";
import { markdownTable } from "../evaluate/table.ts";
import type { SweepComparison } from "../report/comparison.ts";
import { formatScore } from "../targets/format.ts";
import { describeObjective } from "./objective.ts";
import { type Entry, furthest, ranked, scoreOf } from "./ranking.ts";
import { type DataSweep, hasRungs } from "./schema.ts";
import type { Plan } from "./space.ts";

/** Characters of an error that a table shows. */
const ERROR_LENGTH = 60;

/** "ratings.dropout=0.3 title.encoder=gru" */
export function describeValues(values: Options): string {
  return Object.entries(values)
    .map(([path, value]) => `${path}=${textOf(value)}`)
    .join(" ");
}

/** A parameter's value for people: strings and keys without quotes, lists as JSON. */
export function textOf(value: unknown): string {
  if (!isSection(value)) return typeof value === "string" ? value : JSON.stringify(value);
  const parts = [...flattened(value)].map(([path, part]) => `${path}: ${textOf(part)}`);
  return `{${parts.join(", ")}}`;
}

/**
 * Markdown table with one row per trial, best first, from the highest rung that it reached.
 *
 * @param most Most rows; a last line gives the number of omitted rows.
 */
export function resultsTable(
  sweep: DataSweep,
  entries: readonly Entry[],
  most = Number.POSITIVE_INFINITY,
): string {
  const { header, rows } = resultRows(sweep, entries);
  const table = markdownTable(header, rows.slice(0, most));
  return rows.length > most ? `${table}\n\n(and ${rows.length - most} more)` : table;
}

/** Header and cells of the same table, all rows. */
export function resultRows(sweep: DataSweep, entries: readonly Entry[]) {
  const { parameters, objective, method } = sweep;
  const header = [
    "rank",
    "trial",
    ...parameters.map(({ path }) => path),
    ...(hasRungs(method) ? ["epochs"] : []),
    objective.metric,
    "± over folds",
    "seconds",
  ];
  const rows = ranked(furthest(entries), objective).map((entry, i) => {
    const { trial, share, result } = entry;
    const score = scoreOf(entry, objective);
    return [
      score ? String(i + 1) : "-",
      String(trial.number),
      ...parameters.map(({ path }) => textOf(trial.values[path])),
      ...(hasRungs(method) ? [`${(100 * share).toFixed(0)} %`] : []),
      score
        ? formatScore(score.mean, score.mean, 1)
        : `failed: ${(result.error ?? "no figure").slice(0, ERROR_LENGTH)}`,
      formatScore(score?.std, score?.mean, 1),
      result.seconds.toFixed(1),
    ];
  });
  return { header, rows };
}

/** One row per trial, best first, for reports of runs that compare with this sweep. */
export function comparisonOf(
  sweep: DataSweep,
  plan: Plan,
  entries: readonly Entry[],
): SweepComparison {
  const { title, finding } = sweep;
  return {
    ...(title === undefined ? {} : { title }),
    ...(finding === undefined ? {} : { finding }),
    base: effective(sweep.base),
    folds: plan.trials[0]!.config.folds,
    objective: describeObjective(sweep.objective),
    rows: ranked(furthest(entries), sweep.objective).map((entry) => {
      const score = scoreOf(entry, sweep.objective);
      return {
        options: describeValues(entry.trial.values),
        mean: score?.mean ?? null,
        std: score?.std ?? null,
      };
    }),
  };
}

/**
 * CSV (RFC 4180) with one row per training, by rung and trial: parameters, objective, and the objective's metric for every
 * subset of inputs and group of movies.
 */
export function csvOf({ parameters, objective }: DataSweep, entries: readonly Entry[]): string {
  const figures = [
    ...new Map(
      entries
        .flatMap(({ result }) => result.figures ?? [])
        .filter(({ metric }) => metric === objective.metric)
        .map((figure) => [nameOf(figure), figure]),
    ).keys(),
  ];
  const header = [
    "trial",
    "rung",
    "epoch_share",
    ...parameters.map(({ path }) => path),
    "objective",
    "objective_std",
    "seconds",
    "error",
    "key",
    ...figures,
  ];
  const rows = entries.map((entry) => {
    const { trial, rung, share, result } = entry;
    const score = scoreOf(entry, objective);
    const byName = new Map(result.figures?.map((figure) => [nameOf(figure), figure.mean]));
    return [
      trial.number,
      rung + 1,
      share,
      ...parameters.map(({ path }) => trial.values[path]),
      score?.mean,
      score?.std,
      result.seconds,
      result.error,
      result.key,
      ...figures.map((name) => byName.get(name)),
    ];
  });
  return [header, ...rows].map((cells) => `${cells.map(csvCell).join(",")}\r\n`).join("");
}

function nameOf({ metric, input, group }: { metric: string; input: string; group: string }) {
  return `${metric} ${input}, ${group}`;
}

function csvCell(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
