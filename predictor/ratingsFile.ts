/** The text of a CSV file with one item's ratings -> ratings. The host provides the CSV parser. */

import {
  type CsvRow,
  type CsvTable,
  mistakesError,
  type ParseCsv,
  readCsvTable,
} from "./csvTable.ts";
import { InputError } from "./errors.ts";
import { type Issue, issueOf, type LineIssue } from "./issues.ts";
import { type Rating, ratingIssues, spellGender, type UserSpec } from "./preprocess/ratings.ts";

const FIELD = "ratings";

/** What a column has; `item` says which item a rating is of, where a file has those of several. */
type Column = "stars" | "user" | "gender" | "age" | "occupation" | "item";

/** Names of columns by what they have, without case, blanks, `_` and `-`; MovieLens' own are userId, movieId and rating. */
const NAMES: Readonly<Record<Column, readonly string[]>> = {
  stars: ["stars", "rating"],
  user: ["user", "userid"],
  gender: ["gender"],
  age: ["age"],
  occupation: ["occupation"],
  item: ["movieid", "movie", "itemid", "item", "filmid", "film"],
};

/** A file has the ratings of several items, and nothing says which one is meant. */
export class SeveralItemsError extends InputError {
  /** Name of the column that says which item a rating is of. */
  readonly column: string;
  /** Its values, in the order of the file. */
  readonly items: readonly string[];

  constructor(where: string, column: string, items: readonly string[]) {
    const issue = issueOf("severalItems", { column, count: items.length });
    super(FIELD, issueOf("inFile", { file: where, issue }));
    this.name = "SeveralItemsError";
    this.column = column;
    this.items = items;
  }
}

/**
 * Reads the columns `stars` and any of `user`, `gender`, `age` and `occupation`, named in the first line, in any order and
 * case, separated by commas, semicolons or tabs; `rating` and `userId` are read as `stars` and `user`. Other columns are
 * ignored, but for one that says which item a rating is of: `movieId`.
 *
 * @param where Named in errors, e.g. the file's name.
 * @param spec Of the model that the ratings are for.
 * @param item Which item's ratings are wanted; default: the only one's.
 * @throws InputError naming the lines that are wrong, or whose values the model does not accept: the first 20 of them, and
 *   how many more there are. SeveralItemsError where the file has several items' ratings.
 */
export function parseRatings(
  text: string,
  where: string,
  parse: ParseCsv,
  spec: UserSpec,
  item?: string,
): Rating[] {
  const table = readCsvTable(text, where, parse, FIELD);
  const columns = findColumns(table, where);
  const rows = rowsOf(table, columns, where, item);
  if (rows.length > spec.maxRatings) {
    const issue = issueOf("tooManyRatings", { count: rows.length, most: spec.maxRatings });
    // What else is wrong with them says nothing that helps.
    throw mistakesError([...table.mistakes, { line: undefined, issue }], where, FIELD);
  }
  const read = rows.map((row) => readRow(row, columns, table.separator, spec));
  const ratings = read.map(({ rating }) => rating);
  const mistakes = [
    ...table.mistakes,
    ...read.flatMap(({ mistakes }) => mistakes),
    ...repeatedUsers(rows, ratings),
  ];
  if (mistakes.length > 0) throw mistakesError(mistakes, where, FIELD);
  // In the data set's spelling, as in the page's choices.
  return ratings.map(({ gender, ...rating }) => ({
    ...rating,
    ...(gender === undefined ? {} : { gender: spellGender(gender, spec.groups) }),
  }));
}

/** Positions in the header. */
type Columns = ReadonlyMap<Column, number>;

function findColumns({ header }: CsvTable, where: string): Columns {
  const names = header.cells.map((name) => name.toLowerCase().replace(/[\s_-]/g, ""));
  const wrongHeader = (issue: Issue) =>
    new InputError(FIELD, issueOf("inFile", { file: where, line: header.line, issue }));
  const columns = new Map<Column, number>();
  for (const [column, aliases] of Object.entries(NAMES) as [Column, readonly string[]][]) {
    const name = aliases.find((alias) => names.includes(alias));
    if (name === undefined) continue;
    const at = names.indexOf(name);
    if (names.includes(name, at + 1)) {
      throw wrongHeader(issueOf("columnTwice", { column: header.cells[at]! }));
    }
    columns.set(column, at);
  }
  const isDescribed = (["user", "gender", "age", "occupation"] as const).some((column) =>
    columns.has(column),
  );
  const missing = [...(isDescribed ? [] : ["user"]), ...(columns.has("stars") ? [] : ["stars"])];
  if (missing.length > 0) {
    throw wrongHeader(issueOf("noColumns", { missing, header: header.cells.join(",") }));
  }
  return columns;
}

/** The rows of one item. */
function rowsOf(
  { header, rows }: CsvTable,
  columns: Columns,
  where: string,
  item: string | undefined,
): readonly CsvRow[] {
  const at = columns.get("item");
  if (at === undefined) return rows;
  const items = [...new Set(rows.map(({ cells }) => cells[at]!))];
  if (item !== undefined) {
    const own = rows.filter(({ cells }) => cells[at] === item);
    if (own.length > 0) return own;
    const issue = issueOf("noRatingsOf", { column: header.cells[at]!, item });
    throw new InputError(FIELD, issueOf("inFile", { file: where, issue }));
  }
  if (items.length > 1) throw new SeveralItemsError(where, header.cells[at]!, items);
  return rows;
}

interface ReadRow {
  readonly rating: Rating;
  readonly mistakes: readonly LineIssue[];
}

function readRow(row: CsvRow, columns: Columns, separator: string, spec: UserSpec): ReadRow {
  const { cells, line } = row;
  const mistakes: LineIssue[] = [];
  const cell = (column: Column) => {
    const at = columns.get(column);
    return at === undefined ? "" : cells[at]!;
  };
  const number = (column: "stars" | "age" | "occupation") => {
    const text = cell(column);
    if (text === "") return undefined;
    const value = Number(separator === "," ? text : text.replace(/^([+-]?\d+),(\d+)$/, "$1.$2"));
    if (!Number.isNaN(value)) return value;
    mistakes.push({ line, issue: issueOf("cellNotNumber", { column, text }) });
    return undefined;
  };
  const [stars, age, occupation] = [number("stars"), number("age"), number("occupation")];
  const [user, gender] = [cell("user"), cell("gender")];
  const rating = {
    ...(user === "" ? {} : { user }),
    ...(gender === "" ? {} : { gender }),
    ...(age === undefined ? {} : { age }),
    ...(occupation === undefined ? {} : { occupation }),
    stars: stars ?? spec.stars.min,
  };
  if (stars === undefined && cell("stars") === "")
    mistakes.push({ line, issue: issueOf("noStars") });
  if ([user, gender, cell("age"), cell("occupation")].every((text) => text === "")) {
    mistakes.push({ line, issue: issueOf("noUser") });
  }
  for (const { field, issue } of ratingIssues(rating, spec)) {
    mistakes.push({ line, issue: issueOf("inColumn", { column: field, issue: issue! }) });
  }
  return { rating, mistakes };
}

/** A user rates an item once. */
function repeatedUsers(rows: readonly CsvRow[], ratings: readonly Rating[]): LineIssue[] {
  const first = new Map<string, number>();
  return ratings.flatMap(({ user }, i) => {
    const { line } = rows[i]!;
    if (user === undefined) return [];
    const before = first.get(user);
    if (before === undefined) first.set(user, line);
    return before === undefined
      ? []
      : [
          {
            line,
            issue: issueOf("inColumn", { column: "user", issue: ratedBefore(user, before) }),
          },
        ];
  });
}

function ratedBefore(user: string, line: number): Issue {
  return issueOf("ratedInLine", { user, line });
}
