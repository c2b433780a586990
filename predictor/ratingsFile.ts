/** The text of a CSV file with one item's ratings -> ratings. The host provides the CSV parser. */

import {
  type CsvMistake,
  type CsvRow,
  type CsvTable,
  mistakesError,
  type ParseCsv,
  readCsvTable,
} from "./csvTable.ts";
import { InputError } from "./errors.ts";
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
    super(
      FIELD,
      `${where} has ratings of several items: its column ${column} has ${items.length} values; keep the lines of one of them`,
    );
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
  const read = rows.map((row) => readRow(row, columns, table.separator, spec));
  const ratings = read.map(({ rating }) => rating);
  const mistakes = [
    ...table.mistakes,
    ...read.flatMap(({ mistakes }) => mistakes),
    ...repeatedUsers(rows, ratings),
    ...(ratings.length > spec.maxRatings
      ? [
          {
            line: undefined,
            text: `: ${ratings.length} ratings given; at most ${spec.maxRatings} are accepted`,
          },
        ]
      : []),
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
  const columns = new Map<Column, number>();
  for (const [column, aliases] of Object.entries(NAMES) as [Column, readonly string[]][]) {
    const name = aliases.find((alias) => names.includes(alias));
    if (name === undefined) continue;
    const at = names.indexOf(name);
    if (names.includes(name, at + 1)) {
      throw new InputError(
        FIELD,
        `${where}:${header.line} has two columns named ${header.cells[at]}; keep one of them`,
      );
    }
    columns.set(column, at);
  }
  const isDescribed = (["user", "gender", "age", "occupation"] as const).some((column) =>
    columns.has(column),
  );
  const missing = [...(isDescribed ? [] : ["user"]), ...(columns.has("stars") ? [] : ["stars"])];
  if (missing.length > 0) {
    throw new InputError(
      FIELD,
      `${where}:${header.line} must be a header with the columns user and stars; ${missing.join(" and ")} not found in "${header.cells.join(",")}"`,
    );
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
    throw new InputError(FIELD, `${where} has no ratings of ${header.cells[at]} ${item}`);
  }
  if (items.length > 1) throw new SeveralItemsError(where, header.cells[at]!, items);
  return rows;
}

interface ReadRow {
  readonly rating: Rating;
  readonly mistakes: readonly CsvMistake[];
}

function readRow(row: CsvRow, columns: Columns, separator: string, spec: UserSpec): ReadRow {
  const { cells, line } = row;
  const mistakes: CsvMistake[] = [];
  const cell = (column: Column) => {
    const at = columns.get(column);
    return at === undefined ? "" : cells[at]!;
  };
  const number = (column: "stars" | "age" | "occupation") => {
    const text = cell(column);
    if (text === "") return undefined;
    const value = Number(separator === "," ? text : text.replace(/^([+-]?\d+),(\d+)$/, "$1.$2"));
    if (!Number.isNaN(value)) return value;
    mistakes.push({ line, text: ` has ${column} "${text}", which is not a number` });
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
  if (stars === undefined && cell("stars") === "") mistakes.push({ line, text: " has no stars" });
  if ([user, gender, cell("age"), cell("occupation")].every((text) => text === "")) {
    mistakes.push({ line, text: " has no user, and no gender, age or occupation" });
  }
  for (const { field, detail } of ratingIssues(rating, spec)) {
    mistakes.push({ line, text: `, ${field}: ${detail}` });
  }
  return { rating, mistakes };
}

/** A user rates an item once. */
function repeatedUsers(rows: readonly CsvRow[], ratings: readonly Rating[]): CsvMistake[] {
  const first = new Map<string, number>();
  return ratings.flatMap(({ user }, i) => {
    const { line } = rows[i]!;
    if (user === undefined) return [];
    const before = first.get(user);
    if (before === undefined) first.set(user, line);
    return before === undefined
      ? []
      : [{ line, text: `, user: "${user}" has given a rating already, in line ${before}` }];
  });
}
