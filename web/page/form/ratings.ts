/** The ratings' field: rows filled in by hand, or a CSV file; both count. */

import type { Rating, UserSpec } from "../../../predictor/preprocess/ratings.ts";
import { parseRatings } from "../../../predictor/ratingsFile.ts";
import { loadLater } from "../../loadLater.ts";
import { byId, showError } from "../dom.ts";
import type { MovieState } from "../movie.ts";
import { createRatingRow, type RatingRow } from "./ratingRow.ts";

/** Bytes; a larger file is not one movie's ratings. */
const MAX_FILE_BYTES = 20_000_000;
/** More ratings than this are summarised instead of shown as rows. */
const MAX_ROWS = 12;

export interface RatingsField {
  readonly spec: UserSpec;
  /** Replaces what is there. Many ratings, or ratings that name their users, are shown as a file's are. */
  set(ratings: readonly Rating[]): void;
}

interface RatingList {
  /** A file's name, or where else the ratings come from. */
  readonly from: string;
  readonly ratings: readonly Rating[];
}

export function startRatings(state: MovieState, spec: UserSpec): RatingsField {
  const input = byId<HTMLInputElement>("ratings-input");
  const users = new Set(spec.users);
  /** Counts changes: a file that was chosen before the last one is dropped when it has been read. */
  let latest = 0;
  let list: RatingList | undefined;

  const changed = () => {
    showError("ratings", undefined);
    byId("ratings-file").hidden = list === undefined;
    byId("ratings-hint").hidden = list !== undefined || rows.ratings().length > 0;
    if (list) byId("ratings-file-text").textContent = describe(list, users);
    state.update({ ratings: [...rows.ratings(), ...(list?.ratings ?? [])] });
  };
  const rows = startRows(spec, changed);

  async function load(file: File): Promise<void> {
    const turn = ++latest;
    try {
      const ratings = await readRatings(file, spec);
      if (turn !== latest) return;
      list = { from: file.name, ratings };
      changed();
    } catch (error) {
      if (turn !== latest) return;
      const { detail, message } = error as Error & { detail?: string };
      showError("ratings", detail ?? message);
    }
  }

  byId("load-ratings").addEventListener("click", () => input.click());
  byId("remove-ratings").addEventListener("click", () => {
    latest++;
    list = undefined;
    changed();
    byId("load-ratings").focus();
  });
  input.addEventListener("change", () => {
    const [file] = input.files ?? [];
    input.value = "";
    if (file) void load(file);
  });

  return {
    spec,
    set(ratings) {
      latest++;
      const asList = ratings.length > MAX_ROWS || ratings.some(({ user }) => user !== undefined);
      list = asList ? { from: "the link", ratings } : undefined;
      rows.set(asList ? [] : ratings);
      changed();
    },
  };
}

interface RatingRows {
  ratings(): Rating[];
  set(ratings: readonly Rating[]): void;
}

function startRows(spec: UserSpec, onChange: () => void): RatingRows {
  const add = byId("add-rating");
  let rows: RatingRow[] = [];
  function addRow(rating?: Rating): RatingRow {
    const row = createRatingRow(spec, rating, {
      onChange,
      onRemove(removed) {
        const at = rows.indexOf(removed);
        rows = rows.filter((other) => other !== removed);
        removed.element.remove();
        (rows[Math.min(at, rows.length - 1)] ?? add).focus();
        onChange();
      },
    });
    rows.push(row);
    byId("rating-rows").append(row.element);
    return row;
  }
  add.addEventListener("click", () => {
    addRow().focus();
    onChange();
  });
  return {
    ratings: () => rows.map(({ rating }) => rating),
    set(ratings) {
      for (const { element } of rows) element.remove();
      rows = [];
      for (const rating of ratings) addRow(rating);
    },
  };
}

/** @throws Error, or InputError naming the line, in words for the user. */
async function readRatings(file: File, spec: UserSpec): Promise<Rating[]> {
  if (file.size > MAX_FILE_BYTES) {
    throw new Error(`${file.name} is too large to be one movie's ratings`);
  }
  // The parser is as large as the rest of the page, and most visits do without it.
  const { parse } = await loadLater(import("csv-parse/browser/esm/sync"));
  const ratings = parseRatings(await file.text(), file.name, parse, spec);
  if (ratings.length === 0) throw new Error(`${file.name} has a header, but no ratings`);
  return ratings;
}

function describe({ from, ratings }: RatingList, users: ReadonlySet<string>): string {
  const mean = ratings.reduce((sum, { stars }) => sum + stars, 0) / ratings.length;
  const named = ratings.filter(({ user }) => user !== undefined);
  const known = named.filter(({ user }) => users.has(user!)).length;
  const about = named.length > 0 ? `; the model knows ${known} of ${named.length} users` : "";
  const count = ratings.length === 1 ? "1 rating" : `${ratings.length} ratings`;
  return `${count} from ${from}, ${mean.toFixed(1)} stars on average${about}`;
}
