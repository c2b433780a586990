/** The text of a CSV file with one movie's ratings -> ratings. The host provides the CSV parser. */

import { InputError } from "./errors.ts";
import {
  createRatingsEncoder,
  type Rating,
  spellGender,
  type UserSpec,
} from "./preprocess/ratings.ts";
import { utf8Issue } from "./utf8.ts";

/** The options of csv-parse that are used here. */
export interface CsvOptions {
  readonly bom: true;
  readonly columns: (header: string[]) => string[];
  readonly info: true;
  readonly skip_empty_lines: true;
  readonly trim: true;
}

interface Row {
  readonly record: Readonly<Record<string, string>>;
  readonly info: { readonly lines: number };
}

/** csv-parse's synchronous `parse`, which is one package for Node and another for browsers. */
export type ParseCsv = (text: string, options: CsvOptions) => unknown;

const USER_COLUMNS = ["user", "gender", "age", "occupation"] as const;

/**
 * Reads the columns `stars` and any of `user`, `gender`, `age` and `occupation`, named in the first line, in any order and
 * case. Other columns are ignored.
 *
 * @param where Named in errors, e.g. the file's name.
 * @param spec Of the model that the ratings are for.
 * @throws InputError naming the line that is wrong, or whose values the model does not accept.
 */
export function parseRatings(
  text: string,
  where: string,
  parse: ParseCsv,
  spec: UserSpec,
): Rating[] {
  checkUtf8(text, where);
  let rows: Row[];
  try {
    rows = parse(text, {
      bom: true,
      columns: (header) => checkHeader(header, where),
      info: true,
      skip_empty_lines: true,
      trim: true,
    }) as Row[];
  } catch (error) {
    if (error instanceof InputError) throw error;
    const { message, lines } = error as Error & { lines?: number };
    throw new InputError("ratings", `${where}${lines ? `:${lines}` : ""} is not CSV: ${message}`);
  }
  const ratings = rows.map(({ record, info }) => readRow(record, `${where}:${info.lines}`));
  try {
    createRatingsEncoder(spec)(ratings);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const [, i, column] = /^ratings\[(\d+)\]\.(\w+)$/.exec(error.field) ?? [];
    const place = i === undefined ? where : `${where}:${rows[Number(i)]!.info.lines}, ${column}`;
    throw new InputError("ratings", `${place}: ${error.detail}`);
  }
  // In the data set's spelling, as in the page's choices.
  return ratings.map(({ gender, ...rating }) => ({
    ...rating,
    ...(gender === undefined ? {} : { gender: spellGender(gender, spec.groups) }),
  }));
}

function checkUtf8(text: string, where: string): void {
  const lines = text.split(/\r\n|\r|\n/);
  for (const [i, line] of lines.entries()) {
    const issue = utf8Issue(line);
    if (issue !== undefined) throw new InputError("ratings", `${where}:${i + 1} ${issue}`);
  }
}

function readRow(record: Row["record"], where: string): Rating {
  const { user = "", gender = "" } = record;
  const stars = readNumber(record, "stars", where);
  if (stars === undefined) throw new InputError("ratings", `${where} has no stars`);
  const age = readNumber(record, "age", where);
  const occupation = readNumber(record, "occupation", where);
  const rating: Rating = {
    ...(user === "" ? {} : { user }),
    ...(gender === "" ? {} : { gender }),
    ...(age === undefined ? {} : { age }),
    ...(occupation === undefined ? {} : { occupation }),
    stars,
  };
  if (Object.keys(rating).length === 1) {
    throw new InputError("ratings", `${where} has no user, and no gender, age or occupation`);
  }
  return rating;
}

function readNumber(
  record: Row["record"],
  column: "stars" | "age" | "occupation",
  where: string,
): number | undefined {
  const text = record[column] ?? "";
  if (text === "") return undefined;
  const value = Number(text);
  if (Number.isNaN(value)) {
    throw new InputError("ratings", `${where} has ${column} "${text}", which is not a number`);
  }
  return value;
}

function checkHeader(header: string[], where: string): string[] {
  const names = header.map((name) => name.toLowerCase());
  const missing = [
    ...(USER_COLUMNS.some((column) => names.includes(column)) ? [] : ["user"]),
    ...(names.includes("stars") ? [] : ["stars"]),
  ];
  if (missing.length > 0) {
    throw new InputError(
      "ratings",
      `${where}:1 must be a header with the columns user and stars; ${missing.join(" and ")} not found in "${header.join(",")}"`,
    );
  }
  return names;
}
