/** The ratings of a description, grouped by item. */

import type { Ratings, User } from "../dataset.ts";
import type { Input } from "../description.ts";
import { type IssueList, quote } from "../issues.ts";
import { createRatingColumns } from "../ratings.ts";
import { checkColumns, openTable } from "../tables/open.ts";
import { isMissing, numbersOf, toText } from "../tables/values.ts";

export interface RatingsSource {
  readonly input: Input & { readonly type: "ratings" };
  /** Of the input in the description, for errors. */
  readonly field: string;
  readonly root: string;
  readonly missing: ReadonlySet<string>;
  readonly issues: IssueList;
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
  const { item, user, value } = input;
  const wanted = new Map([item, user, value].map((column) => [column, field]));
  checkColumns(table, wanted, `${field}.table`);
  let file = "";
  let others = 0;
  for await (const batch of table.read([item, user, value])) {
    file = batch.file;
    const stars = numbersOf(batch, value, missing, issues);
    const items = batch.columns.get(item)!;
    const users = batch.columns.get(user)!;
    for (let row = 0; row < batch.rows; row++) {
      const index = itemOf.get(toText(items[row]));
      if (index === undefined) {
        others++;
        continue;
      }
      if (Number.isNaN(stars[row]!)) continue;
      if (isMissing(users[row], missing)) {
        issues.add(file, batch.lines[row], () => "has no user.");
        continue;
      }
      const id = toText(users[row]);
      const known = userOf.get(id) ?? userOf.size;
      userOf.set(id, known);
      columns.push(index, known, stars[row]!, batch.lines[row]!);
    }
  }
  if (others > 0) {
    issues.note(file, undefined, () => `${others} ratings are of items that are not used.`);
  }
  columns.dropOutliers((line, stars, { max }) =>
    issues.add(
      file,
      line,
      () => `${stars} is far outside the range of the other ratings (plausible: up to ${max}).`,
    ),
  );
  const names = [...userOf.keys()];
  const ratings = columns.group(ids.length, names.length, ({ movie, user: who, line }) =>
    issues.add(
      file,
      line,
      () => `${quote(names[who]!)} has rated ${quote(ids[movie]!)} already; the first row is used.`,
    ),
  );
  return { users: names.map((id) => ({ id })), ratings };
}
