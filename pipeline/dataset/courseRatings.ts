/** Reads the course layout's tables about users: users.dat and ratings.dat. */

import { MAX_AGE } from "../../predictor/preprocess/ratings.ts";
import {
  badId,
  checkFieldCount,
  RATING_FORMAT,
  RATINGS,
  type ReadContext,
  readTable,
  TEST,
  TRAIN,
  USER_FORMAT,
  USERS,
} from "./courseTables.ts";
import type { Ratings, User } from "./dataset.ts";
import { type IssueList, quote } from "./issues.ts";
import { createFields, decodeText, parseDigits, splitFields } from "./lines.ts";
import { createRatingColumns, type RatingColumns } from "./ratings.ts";

/** Users by id; undefined if users.dat is absent or empty. */
export async function readUsers(reading: ReadContext): Promise<Map<number, User> | undefined> {
  const { issues } = reading;
  const users = new Map<number, User>();
  const fields = createFields(USER_FORMAT.fields);
  await readTable(reading, USERS, (bytes, start, end, line) => {
    splitFields(bytes, start, end, fields);
    if (!checkFieldCount({ fields, format: USER_FORMAT, issues, file: USERS, line })) return;
    const text = (i: number) => decodeText(bytes, fields.starts[i]!, fields.ends[i]!);
    const number = (i: number) => parseDigits(bytes, fields.starts[i]!, fields.ends[i]!);
    const [id, gender, age, occupation] = [number(0), text(1), number(2), number(3)];
    if (id < 0) return issues.add(USERS, line, () => badId("user", text(0)));
    if (users.has(id)) {
      return issues.add(USERS, line, () => `user ${id} is already listed; the first line is used.`);
    }
    if (age < 0 || age > MAX_AGE || occupation < 0) {
      const values = `${quote(text(2))} and ${quote(text(3))}`;
      return issues.add(
        USERS,
        line,
        () => `age (0 to ${MAX_AGE}) and occupation must be integer codes, found ${values}.`,
      );
    }
    users.set(id, { id: String(id), ...(gender ? { gender } : {}), age, occupation });
  });
  return users.size > 0 ? users : undefined;
}

/**
 * Reads ratings.dat.
 *
 * @param movies Keys: movie ids, in the order of the movies.
 * @param listed Users from users.dat, if it has any; ratings of other users are then issues.
 * @returns The users (those listed, or else those with a rating) and one `Ratings` per movie.
 */
export async function readRatings(
  reading: ReadContext,
  movies: ReadonlyMap<number, unknown>,
  listed: ReadonlyMap<number, User> | undefined,
): Promise<{ users: User[]; ratings: Ratings[] }> {
  const { issues } = reading;
  const movieIndex = new Map([...movies.keys()].map((id, index) => [id, index]));
  const userIndex = new Map([...(listed?.keys() ?? [])].map((id, index) => [id, index]));
  const columns = createRatingColumns();
  const fields = createFields(RATING_FORMAT.fields);
  let rows = 0;

  await readTable(reading, RATINGS, (bytes, start, end, line) => {
    splitFields(bytes, start, end, fields);
    if (!checkFieldCount({ fields, format: RATING_FORMAT, issues, file: RATINGS, line })) return;
    const { starts, ends } = fields;
    const user = parseDigits(bytes, starts[0]!, ends[0]!);
    const movie = parseDigits(bytes, starts[1]!, ends[1]!);
    if (user < 0 || movie < 0) {
      const at = user < 0 ? 0 : 1;
      const text = decodeText(bytes, starts[at]!, ends[at]!);
      return issues.add(RATINGS, line, () => badId(at === 0 ? "user" : "movie", text));
    }
    const stars = parseStars(bytes, starts[2]!, ends[2]!);
    if (stars === undefined) {
      const text = quote(decodeText(bytes, starts[2]!, ends[2]!));
      return issues.add(RATINGS, line, () => `stars must be a positive number, found ${text}.`);
    }
    const m = movieIndex.get(movie);
    if (m === undefined) {
      return issues.add(RATINGS, line, () => `movie ${movie} is in neither ${TRAIN} nor ${TEST}.`);
    }
    let u = userIndex.get(user);
    if (u === undefined) {
      if (listed) return issues.add(RATINGS, line, () => `user ${user} is not in ${USERS}.`);
      u = userIndex.size;
      userIndex.set(user, u);
    }
    columns.push(m, u, stars, line);
    rows++;
  });

  const users = listed
    ? [...listed.values()]
    : [...userIndex.keys()].map((id) => ({ id: `${id}` }));
  noteMissing(issues, rows > 0, listed !== undefined);
  return { users, ratings: groupRatings(columns, issues, [...movies.keys()], users) };
}

/** Groups the ratings by movie, without implausible and repeated ones, which are issues. */
function groupRatings(
  columns: RatingColumns,
  issues: IssueList,
  movieIds: readonly number[],
  users: readonly User[],
): Ratings[] {
  columns.dropOutliers({}, (line, stars, { max }) =>
    issues.add(
      RATINGS,
      line,
      () =>
        `${stars} stars are far outside the range of the other ratings (plausible: up to ${max}); are the stars in another column?`,
    ),
  );
  return columns.group(movieIds.length, users.length, ({ movie, user, line }) =>
    issues.add(
      RATINGS,
      line,
      () =>
        `user ${users[user]!.id} has rated movie ${movieIds[movie]} before; the first line is used.`,
    ),
  );
}

function noteMissing(issues: IssueList, haveRatings: boolean, haveUsers: boolean): void {
  if (!haveRatings) {
    issues.note(RATINGS, undefined, () => "no usable rating; all movies are unrated.");
  }
  if (!haveUsers) {
    issues.note(USERS, undefined, () =>
      haveRatings
        ? `no usable user; using the users in ${RATINGS}, without age or gender.`
        : "no usable user.",
    );
  }
}

/** Stars in `bytes[start, end)`: a positive number, with or without decimals; undefined for anything else. */
function parseStars(bytes: Buffer, start: number, end: number): number | undefined {
  const whole = parseDigits(bytes, start, end);
  if (whole > 0) return whole;
  const text = decodeText(bytes, start, end);
  // Number() alone would also accept "", "0x5" and "Infinity".
  const stars = /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : 0;
  return stars > 0 ? stars : undefined;
}
