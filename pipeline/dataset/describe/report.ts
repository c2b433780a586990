/** An examination as text. */

import { flagOf } from "../../../node/options/setting.ts";
import { type CutTexts, isWorthAWarning } from "../cutTexts.ts";
import { columnOf, type Description } from "../description.ts";
import { byPlace, countIssues, describeDataIssue, type IssueList } from "../issues.ts";
import type { Repeats } from "./duplicates.ts";
import type { Examination } from "./examine.ts";
import type { ColumnRole } from "./guess.ts";
import type { ImageReport } from "./images.ts";
import type { InputReport } from "./inputs.ts";
import type { ColumnProfile } from "./profile.ts";
import type { RatingsReport } from "./ratings.ts";
import type { TargetReport } from "./target.ts";
import { describeEitherPoint } from "./types.ts";

/** Labels, columns and issues that are shown. */
const LABELS = 12;
const RARE = 5;
const ISSUES = 10;
/** A class this many times as frequent as another one counts as imbalance. */
const IMBALANCE = 20;
/** Part of the values that is worth a look if it cannot be used. */
const WORTH = 0.1;
/** Items of a label below which little can be learned or measured. */
const FEW = 10;

export interface Findings {
  readonly description: Description;
  readonly origin: string;
  readonly profiles: readonly ColumnProfile[];
  readonly roles: readonly ColumnRole[];
  readonly examination: Examination;
}

/** What is to be looked at before training. */
export function renderReport(findings: Findings): string {
  const { description, origin, examination } = findings;
  const { rows, sides, target, ratings } = examination;
  const { items } = description.nouns;
  const split =
    typeof description.split.test === "number"
      ? `${percent(description.split.test, 1)} of them are drawn for testing`
      : Object.entries(sides)
          .filter(([, number]) => number > 0)
          .map(([side, number]) => `${count(number)} ${side}`)
          .join(", ");
  const warnings = warningsOf(findings);
  return [
    `${description.name}: ${count(rows)} ${items} (${split}); ${origin}`,
    ...section("columns of the items' table", columnTable(findings)),
    ...section(`target: ${target.type} in "${target.column}"`, targetLines(target, description)),
    ...section("ratings", ratings.map(ratingsLine)),
    ...section("look at", warnings.length > 0 ? warnings : ["nothing stands out"]),
  ].join("\n");
}

/** The rows and values that cannot be used, by file and line; undefined where there are none. */
export function renderIssues({ list, counts, noteCounts }: IssueList): string | undefined {
  const total = countIssues(counts) + countIssues(noteCounts);
  if (total === 0) return undefined;
  const shown = list.toSorted(byPlace).slice(0, ISSUES).map(describeDataIssue);
  const rest = total > shown.length ? [`... and ${count(total - shown.length)} more`] : [];
  return section("rows and values that cannot be used", [...shown, ...rest])
    .slice(1)
    .join("\n");
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${line}`)];
}

function count(number: number): string {
  return number.toLocaleString("en-US");
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`;
}

function plural(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}

function columnTable({ profiles, roles }: Findings): string[] {
  const rows = profiles.map((profile) => {
    const role = roles.find(({ column }) => column === profile.name);
    return [
      profile.name,
      role?.role ?? "",
      profile.missing === 0
        ? "none"
        : `${count(profile.missing)} (${percent(profile.missing, profile.rows)})`,
      profile.counts ? count(profile.counts.length) : "many",
      role?.reason ?? "",
    ];
  });
  const table = [["column", "used as", "missing", "distinct", "because"], ...rows];
  if (roles.every(({ reason }) => reason === "")) for (const row of table) row.length = 4;
  const widths = table[0]!.map((_, i) => Math.max(...table.map((row) => row[i]!.length)));
  return table.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join("  ")
      .trimEnd(),
  );
}

function targetLines(target: TargetReport, { nouns }: Description): string[] {
  const none =
    target.missing > 0 ? `; ${plural(target.missing, nouns.item, nouns.items)} without` : "";
  if (target.type === "number") {
    if (target.range === undefined) return [`no number${none}`];
    const { min, max, mean } = target.range;
    return [`from ${min} to ${max}, mean ${mean.toPrecision(4)}${none}`];
  }
  const { counts, perItem } = target;
  const [one, many] = target.type === "class" ? ["class", "classes"] : [nouns.label, nouns.labels];
  const each = target.type === "labels" ? `, ${perItem.toFixed(2)} per ${nouns.item}` : "";
  const shown = counts.slice(0, LABELS).map(([label, number]) => `${label} ${count(number)}`);
  const rare = counts.slice(LABELS).slice(-RARE);
  return [
    `${plural(counts.length, one!, many)}${each}${none}`,
    `${shown.join(", ")}${counts.length > LABELS ? ", ..." : ""}`,
    ...(rare.length > 0
      ? [`rarest: ${rare.map(([label, number]) => `${label} ${count(number)}`).join(", ")}`]
      : []),
  ];
}

function ratingsLine(report: RatingsReport): string {
  const { input, rows, users, items, allItems, unknown, range } = report;
  const values = range ? `from ${range.min} to ${range.max}` : "without a number";
  const rest = unknown
    ? `; ${count(unknown)} ${unknown === 1 ? "is" : "are"} of items that are not in the table`
    : "";
  return `${input}: ${count(rows)} ${values} by ${plural(users, "user")}, of ${count(items)} of ${plural(allItems, "item")}${rest}`;
}

/** What deserves a look, one sentence each. */
function warningsOf({ description, profiles, examination }: Findings): string[] {
  const { rows, target, ids, contents, inputs, leaks, images, ratings, cutTexts, sides } =
    examination;
  const drawn = typeof description.split.test === "number";
  return [
    ...constantWarnings(profiles),
    ...idWarnings(ids, description),
    ...contentWarnings(contents, description, drawn),
    ...inputs.flatMap((report) => inputWarnings(report, description)),
    ...pointWarnings(profiles, description),
    ...unusableTargets(target, rows, description),
    ...ratings.flatMap((report) => ratingWarnings(report, description)),
    ...leaks.map(
      ({ column, message }) =>
        `"${column}" ${message}; leave it out unless it is known before the target is`,
    ),
    ...targetWarnings(target, description),
    ...images.flatMap(imageWarnings),
    ...cutTexts.filter(isWorthAWarning).map(cutTextWarning),
    ...sidelessWarnings(examination, description),
    ...(!drawn && sides.test === 0 ? ["no rows are for testing, so nothing can be scored"] : []),
    ...(!drawn && sides.train === 0 ? ["no rows are for training"] : []),
  ];
}

function constantWarnings(profiles: readonly ColumnProfile[]): string[] {
  return profiles
    .filter(({ counts, rows, missing }) => rows > 1 && (missing === rows || counts?.length === 1))
    .map(({ name, counts, missing, rows }) =>
      missing === rows
        ? `"${name}" has no value at all`
        : `"${name}" is ${missing > 0 ? "missing or " : "always "}${JSON.stringify(counts![0]![0])}`,
    );
}

function isWorth(part: number, whole: number): boolean {
  return part > 0 && part >= WORTH * whole;
}

function inputWarnings(
  { input, given, unusable, nothing, absent }: InputReport,
  { inputs, nouns }: Description,
): string[] {
  const what = `of ${plural(given, "value")}`;
  const how = "pattern" in inputs[input]! ? " by its pattern" : "";
  return [
    ...(isWorth(unusable, given)
      ? [
          `"${input}": ${count(unusable)} ${what} cannot be used, for which their ${nouns.items} are left out`,
        ]
      : []),
    ...(isWorth(nothing, given)
      ? [`"${input}": in ${count(nothing)} ${what}, nothing is found${how}`]
      : []),
    ...(isWorth(absent, given)
      ? [`"${input}": ${count(absent)} ${what} name files that are not there`]
      : []),
  ];
}

/** Where the description does not say how its numbers are written. */
function pointWarnings(profiles: readonly ColumnProfile[], { inputs }: Description): string[] {
  return Object.entries(inputs).flatMap(([name, input]) => {
    if (input.type !== "number" || input.decimal !== undefined || input.pattern !== undefined)
      return [];
    const profile = profiles.find((found) => found.name === columnOf(name, input));
    const said = profile && describeEitherPoint(profile);
    return said === undefined ? [] : [`"${name}": ${said}`];
  });
}

function unusableTargets(
  { column, missing, unusable }: TargetReport,
  rows: number,
  { nouns }: Description,
): string[] {
  const none = missing + unusable;
  return isWorth(none, rows) && none < rows
    ? [
        `${count(none)} of ${plural(rows, nouns.item, nouns.items)} have no "${column}" that can be used, and are left out`,
      ]
    : [];
}

function ratingWarnings(report: RatingsReport, { id, inputs }: Description): string[] {
  const { input, rows, unknown = 0, unusable, differ } = report;
  const { item } = inputs[input] as { readonly item?: string };
  const [rated, known] = differ ?? [];
  return [
    ...(differ
      ? [
          `"${input}": none of the ${plural(rows, "rating")} is of an item in the table: "${item}" has ids such as ${JSON.stringify(rated)}, "${id}" such as ${JSON.stringify(known)}`,
        ]
      : isWorth(unknown, rows)
        ? [
            `"${input}": ${count(unknown)} of ${plural(rows, "rating")} are of items that are not in the table`,
          ]
        : []),
    ...(isWorth(unusable, rows)
      ? [
          `"${input}": ${count(unusable)} of ${plural(rows, "rating")} are no number that can be used`,
        ]
      : []),
  ];
}

function idWarnings({ repeated, examples }: Repeats, { id, nouns }: Description): string[] {
  if (repeated === 0) return [];
  return [
    `${plural(repeated, nouns.item, nouns.items)} ${repeated === 1 ? "has" : "have"} an id ("${id}") that an earlier row has: ${examples.join(", ")}`,
  ];
}

function contentWarnings(
  { repeated, across, examples, partly }: Repeats,
  { nouns }: Description,
  drawn: boolean,
): string[] {
  if (repeated === 0) return [];
  const so = drawn
    ? "a drawn split can put one into training and the other into testing: remove them, or keep them together by a group column"
    : across > 0
      ? `${count(across)} of them on the other side of the split, where they make scores look better than they are`
      : "none of them on the other side of the split";
  const part = partly ? " among the first rows" : "";
  return [
    `${plural(repeated, nouns.item, nouns.items)}${part} ${repeated === 1 ? "has" : "have"} the same inputs as an earlier row (${examples.join(", ")}); ${so}`,
  ];
}

function targetWarnings(target: TargetReport, { nouns }: Description): string[] {
  if (target.type === "number") {
    const { range, column } = target;
    if (range === undefined) return [`no "${column}" is a number: there is nothing to learn`];
    return range.min < range.max
      ? []
      : [`"${column}" is always ${range.min}: there is nothing to learn`];
  }
  const { counts, onlyInTest, column } = target;
  const [first, last] = [counts[0], counts.at(-1)];
  if (!first || !last) return [`"${column}" has no value at all: there is nothing to learn`];
  const labels = target.type === "class" ? "classes" : nouns.labels;
  const rare = counts.filter(([, number]) => number < FEW).length;
  const list = onlyInTest.slice(0, RARE).join(", ");
  return [
    ...(counts.length === 1
      ? [`there is only one value, ${first[0]}: there is nothing to learn`]
      : []),
    ...(first[1] >= IMBALANCE * last[1]
      ? [`${first[0]} is ${count(Math.round(first[1] / last[1]))} times as frequent as ${last[0]}`]
      : []),
    ...(rare > 0
      ? [
          `${count(rare)} of ${count(counts.length)} ${labels} ${rare === 1 ? "has" : "have"} fewer than ${FEW} ${nouns.items}`,
        ]
      : []),
    ...(onlyInTest.length > 0
      ? [
          `${count(onlyInTest.length)} of the ${labels} ${onlyInTest.length === 1 ? "occurs" : "occur"} in testing only and cannot be learned: ${list}${onlyInTest.length > RARE ? ", ..." : ""}`,
        ]
      : []),
  ];
}

function sidelessWarnings(
  { sideless: { count: rows, examples } }: Examination,
  { split, nouns }: Description,
): string[] {
  if (rows === 0) return [];
  const [are, have] = rows === 1 ? ["is", "has"] : ["are", "have"];
  const where = `${examples.join(", ")}${rows > examples.length ? ", ..." : ""}`;
  return [
    `${plural(rows, nouns.item, nouns.items)} ${have} no split in "${split.column}" (${where}) and ${are} left out of training and testing`,
  ];
}

function imageWarnings({ input, looked, absent, broken, examples }: ImageReport): string[] {
  if (absent + broken === 0) return [];
  return [
    `"${input}": of ${plural(looked, "image")} looked at, ${count(absent)} ${absent === 1 ? "does" : "do"} not exist and ${count(broken)} cannot be decoded`,
    ...examples.map((example) => `  ${example}`),
    ...(absent === looked
      ? [
          `  without images, the model learns nothing from "${input}": say in which "folder" they are, or which "extensions" the names lack`,
        ]
      : []),
  ];
}

function cutTextWarning({ input, group, maxWords, texts, cut, enough }: CutTexts): string {
  return `"${input}": ${count(cut)} of ${plural(texts, "text")} (${percent(cut, texts)}) ${cut === 1 ? "is" : "are"} longer than the ${maxWords} words that training reads of each; to read nearly all of them whole, give it ${flagOf([group, "maxWords"])} ${enough}`;
}
