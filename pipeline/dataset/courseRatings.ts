/** Reads the two tables of the course layout about users: users.dat and ratings.dat. */

import { MAX_AGE } from "../../predictor/preprocess/ratings.ts";
import {
  badId,
  checkCount,
  RATING_FORMAT,
  RATINGS,
  type Reading,
  readTable,
  TEST,
  TRAIN,
  USER_FORMAT,
  USERS,
} from "./courseTables.ts";
import type { Ratings, User } from "./dataset.ts";
import { type IssueList, quote } from "./issues.ts";
import { createFields, decodeText, parseDigits, splitFields } from "./lines.ts";
import { createRatingColumns } from "./ratings.ts";

/** Users by id, or undefined where users.dat is absent or empty. */
export async function readUsers(reading: Reading): Promise<Map<number, User> | undefined> {
  const { issues } = reading;
  const users = new Map<number, User>();
  const fields = createFields(5);
  await readTable(reading, USERS, (bytes, start, end, line) => {
    splitFields(bytes, start, end, fields);
    if (!checkCount(fields, 5, USER_FORMAT, issues, USERS, line)) return;
    const text = (i: number) => decodeText(bytes, fields.starts[i]!, fields.ends[i]!);
    const number = (i: number) => parseDigits(bytes, fields.starts[i]!, fields.ends[i]!);
    const [id, gender, age, occupation] = [number(0), text(1), number(2), number(3)];
    if (id < 0) return issues.add(USERS, line, () => badId("user", text(0)));
    if (users.has(id)) {
      return issues.add(USERS, line, () => `user ${id} is listed before; the first line counts.`);
    }
    if (age < 0 || age > MAX_AGE || occupation < 0) {
      const found = `${quote(text(2))} and ${quote(text(3))}`;
      return issues.add(
        USERS,
        line,
        () => `age (0 to ${MAX_AGE}) and occupation must be codes, found ${found}.`,
      );
    }
    users.set(id, { id: String(id), ...(gender ? { gender } : {}), age, occupation });
  });
  return users.size > 0 ? users : undefined;
}

/** The users (those listed, or else those who rated) and one `Ratings` per movie. */
export async function readRatings(
  reading: Reading,
  movies: ReadonlyMap<number, unknown>,
  listed: ReadonlyMap<number, User> | undefined,
): Promise<{ users: User[]; ratings: Ratings[] }> {
  const { issues } = reading;
  const movieIndex = new Map([...movies.keys()].map((id, index) => [id, index]));
  const userIndex = new Map([...(listed?.keys() ?? [])].map((id, index) => [id, index]));
  const columns = createRatingColumns();
  const fields = createFields(4);
  let rows = 0;

  await readTable(reading, RATINGS, (bytes, start, end, line) => {
    splitFields(bytes, start, end, fields);
    if (!checkCount(fields, 4, RATING_FORMAT, issues, RATINGS, line)) return;
    const { starts, ends } = fields;
    const user = parseDigits(bytes, starts[0]!, ends[0]!);
    const movie = parseDigits(bytes, starts[1]!, ends[1]!);
    if (user < 0 || movie < 0) {
      const at = user < 0 ? 0 : 1;
      const found = decodeText(bytes, starts[at]!, ends[at]!);
      return issues.add(RATINGS, line, () => badId(at === 0 ? "user" : "movie", found));
    }
    const stars = parseStars(bytes, starts[2]!, ends[2]!);
    if (stars === undefined) {
      const found = quote(decodeText(bytes, starts[2]!, ends[2]!));
      return issues.add(RATINGS, line, () => `stars must be a positive number, found ${found}.`);
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
  const movieIds = [...movies.keys()];
  const ratings = columns.group(movies.size, users.length, ({ movie, user, line }) =>
    issues.add(
      RATINGS,
      line,
      () => `user ${users[user]!.id} rated movie ${movieIds[movie]} before; the first line counts.`,
    ),
  );
  return { users, ratings };
}

function noteMissing(issues: IssueList, haveRatings: boolean, haveUsers: boolean): void {
  if (!haveRatings) {
    issues.note(RATINGS, undefined, () => "no usable rating here; all movies are unrated.");
  }
  if (!haveUsers) {
    issues.note(USERS, undefined, () =>
      haveRatings
        ? `no usable user here; the users are those of ${RATINGS}, without age or gender.`
        : "no usable user here.",
    );
  }
}

/** Stars in `bytes[start, end)`: digits with or without decimals, above zero; undefined otherwise. */
function parseStars(bytes: Buffer, start: number, end: number): number | undefined {
  const whole = parseDigits(bytes, start, end);
  if (whole > 0) return whole;
  const text = decodeText(bytes, start, end);
  // Number() alone would also take "", "0x5" and "Infinity".
  const stars = /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : 0;
  return stars > 0 ? stars : undefined;
}
