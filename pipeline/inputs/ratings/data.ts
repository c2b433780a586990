/** Ratings of a data set: a table of their own, grouped by item. */

import * as z from "zod";
import { ratings as ratingsType } from "../../../predictor/inputs/ratings.ts";
import {
  type DeclaredRange,
  describeOutside,
  rangeFields,
  rangeIssues,
} from "../../dataset/declaredRange.ts";
import type { InputData, OwnTable } from "../../dataset/inputData.ts";
import { quote } from "../../dataset/issues.ts";
import { createRatingColumns } from "../../dataset/ratings.ts";
import { checkColumns, openTable } from "../../dataset/tables/open.ts";
import { column, table } from "../../dataset/tables/schema.ts";
import { describeLostDigits, isMissing, numbersOf, toText } from "../../dataset/tables/values.ts";
import { describeUsers, usersSchema } from "../../dataset/users.ts";
import type { Ratings, User } from "../../dataset/values.ts";

const schema = z.strictObject({
  type: z.literal("ratings"),
  table,
  item: column.describe("column with the item's id"),
  user: column.describe("column with the user's id"),
  value: column.describe("column with the rating"),
  ...rangeFields("rating"),
  users: usersSchema.optional().describe("what is known of the users"),
});

/** With the range of the ratings, where the description says it. */
export interface DeclaredRatings extends DeclaredRange {
  readonly type: "ratings";
}

export const ratings = {
  schema,
  column: () => undefined,
  graphNames: ratingsType.tensorNames,
  issues: (name, input) => rangeIssues(["inputs", name], input),
  declare: (_, { min, max }) => ({
    type: "ratings",
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
  }),
  async readTable(input, { field, root, missing, issues }, ids) {
    const read = await readRatings({ input, field, root, missing, issues }, ids);
    return { users: read.users, values: read.ratings };
  },
} satisfies InputData<z.output<typeof schema>, DeclaredRatings>;

export interface RatingsSource extends OwnTable {
  readonly input: z.output<typeof schema>;
}

/**
 * @param ids Of the items, in their order.
 * @returns The users in the order of their first rating, and one `Ratings` per item.
 */
export async function readRatings(
  { input, field, root, missing, issues }: RatingsSource,
  ids: readonly string[],
): Promise<{ users: User[]; ratings: Ratings[] }> {
  const itemOf = new Map(ids.map((id, i) => [id, i]));
  const userOf = new Map<string, number>();
  const columns = createRatingColumns();
  const table = await openTable(input.table, root, issues);
  const files = createFileList();
  const { item, user, value } = input;
  const wanted = new Map([item, user, value].map((column) => [column, field]));
  checkColumns(table, wanted, `${field}.table`);
  /** Ratings of items that are not used, by file. */
  const others = new Map<string, number>();
  for await (const batch of table.read([item, user, value])) {
    const { file } = batch;
    const add = (row: number, message: string) => issues.add(file, batch.lines[row], () => message);
    const stars = numbersOf(batch, value, missing, issues);
    const items = batch.columns.get(item)!;
    const users = batch.columns.get(user)!;
    const values = batch.columns.get(value)!;
    for (let row = 0; row < batch.rows; row++) {
      const lost = describeLostDigits(item, items[row]) ?? describeLostDigits(user, users[row]);
      if (lost !== undefined) {
        add(row, lost);
        continue;
      }
      const index = itemOf.get(toText(items[row]));
      if (index === undefined) {
        others.set(file, (others.get(file) ?? 0) + 1);
        continue;
      }
      if (Number.isNaN(stars[row]!)) {
        if (isMissing(values[row], missing)) add(row, `has nothing in ${quote(value)}.`);
        continue;
      }
      if (isMissing(users[row], missing)) {
        add(row, "has no user.");
        continue;
      }
      const outside = describeOutside(value, stars[row]!, input);
      if (outside !== undefined) {
        add(row, outside);
        continue;
      }
      const id = toText(users[row]);
      const known = userOf.get(id) ?? userOf.size;
      userOf.set(id, known);
      columns.push(index, known, stars[row]!, files.number(file, batch.lines[row]!));
    }
  }
  for (const [file, count] of others) {
    const what = count === 1 ? "1 rating is of an item" : `${count} ratings are of items`;
    issues.note(file, undefined, () => `${what} that the data set does not use.`);
  }
  columns.dropOutliers(input, (place, stars, { min, max }) => {
    const { file, line } = files.find(place);
    issues.add(
      file,
      line,
      () =>
        `${quote(value)} is ${stars}, far outside the other ratings (plausible: from ${min} to ${max}); correct it, or say the range of the ratings, "min" and "max".`,
    );
  });
  const names = [...userOf.keys()];
  const ratings = columns.group(ids.length, names.length, ({ movie, user: who, line: place }) => {
    const { file, line } = files.find(place);
    issues.add(
      file,
      line,
      () => `${quote(names[who]!)} has rated ${quote(ids[movie]!)} before; the first row is used.`,
    );
  });
  const described = input.users;
  const users =
    described === undefined
      ? names.map((id) => ({ id }))
      : await describeUsers(names, { described, field: `${field}.users`, root, missing, issues });
  return { users, ratings };
}

/** Numbers the lines of several files through, because a rating keeps one number. Each file is read as a whole. */
function createFileList() {
  const starts: { readonly file: string; readonly before: number }[] = [];
  let last = 0;
  return {
    number(file: string, line: number): number {
      if (starts.at(-1)?.file !== file) starts.push({ file, before: last });
      last = starts.at(-1)!.before + line;
      return last;
    },
    find(number: number): { file: string; line: number } {
      const { file, before } = starts.findLast((start) => start.before < number)!;
      return { file, line: number - before };
    },
  };
}
