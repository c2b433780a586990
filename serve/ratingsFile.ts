/** Ratings of one movie from a CSV file. */

import { readFile } from "node:fs/promises";
import { type CsvError, parse } from "csv-parse/sync";
import { InputError } from "../predictor/errors.ts";
import type { Rating } from "../predictor/preprocess/ratings.ts";

interface Row {
  readonly record: Readonly<Record<string, string>>;
  readonly info: { readonly lines: number };
}

/**
 * Reads a CSV file with a header line and the columns `user` and `stars`; other columns are ignored.
 *
 * @throws InputError with the file and line that is wrong.
 */
export async function readRatingsFile(path: string): Promise<Rating[]> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw new InputError("ratings", `${path} cannot be read (${(error as Error).message})`);
  }
  return parseRatings(text, path);
}

/** @param where Named in errors, e.g. the file's path. */
export function parseRatings(text: string, where: string): Rating[] {
  let rows: Row[];
  try {
    rows = parse(text, {
      bom: true,
      columns: (header: string[]) => checkHeader(header, where),
      info: true,
      skip_empty_lines: true,
      trim: true,
    }) as unknown as Row[];
  } catch (error) {
    if (error instanceof InputError) throw error;
    const { message, lines } = error as CsvError & { lines?: number };
    throw new InputError("ratings", `${where}${lines ? `:${lines}` : ""} is not CSV: ${message}`);
  }
  return rows.map(({ record, info }) => {
    const user = record.user ?? "";
    const stars = record.stars ?? "";
    if (user === "") throw new InputError("ratings", `${where}:${info.lines} has no user`);
    if (stars === "" || Number.isNaN(Number(stars))) {
      throw new InputError(
        "ratings",
        `${where}:${info.lines} has stars "${stars}", which is no number`,
      );
    }
    return { user, stars: Number(stars) };
  });
}

function checkHeader(header: string[], where: string): string[] {
  const names = header.map((name) => name.toLowerCase());
  const missing = ["user", "stars"].filter((name) => !names.includes(name));
  if (missing.length > 0) {
    throw new InputError(
      "ratings",
      `${where}:1 must be a header with the columns user and stars; ${missing.join(" and ")} not found in "${header.join(",")}"`,
    );
  }
  return names;
}
