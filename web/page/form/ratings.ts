/** The ratings' field: rows by hand, or a CSV file; both count. */

import type { Rating, RatingsSpec } from "../../../predictor/preprocess/ratings.ts";
import { parseRatings } from "../../../predictor/ratingsFile.ts";
import { loadLater } from "../../loadLater.ts";
import { byId, showError } from "../dom.ts";
import type { MovieState } from "../movie.ts";
import { createRatingRow, type RatingRow } from "./ratingRow.ts";

/** Bytes; a larger file is not one movie's ratings. */
const LARGEST_FILE = 20_000_000;

export interface RatingsField {
  readonly spec: RatingsSpec;
  /** Replaces what is there. Many, or such as name their users, are shown as a file would be. */
  set(ratings: readonly Rating[]): void;
}

/** More rows than this are no form any more. */
const MOST_ROWS = 12;

export function startRatings(state: MovieState, spec: RatingsSpec): RatingsField {
  const list = byId("rating-rows");
  const add = byId("add-rating");
  const input = byId<HTMLInputElement>("ratings-input");
  const known = new Set(spec.users);
  let rows: RatingRow[] = [];
  /** A file that was chosen earlier may be read later. */
  let turns = 0;
  let loaded: { readonly from: string; readonly ratings: readonly Rating[] } | undefined;

  const changed = () => {
    showError("ratings", undefined);
    byId("ratings-file").hidden = loaded === undefined;
    byId("ratings-hint").hidden = loaded !== undefined || rows.length > 0;
    if (loaded)
      byId("ratings-file-text").textContent = describe(loaded.from, loaded.ratings, known);
    state.update({ ratings: [...rows.map(({ rating }) => rating), ...(loaded?.ratings ?? [])] });
  };

  function addRow(rating?: Rating): RatingRow {
    const row = createRatingRow(spec, rating, {
      onChange: changed,
      onRemove(removed) {
        const at = rows.indexOf(removed);
        rows = rows.filter((other) => other !== removed);
        removed.element.remove();
        (rows[Math.min(at, rows.length - 1)] ?? add).focus();
        changed();
      },
    });
    rows.push(row);
    list.append(row.element);
    return row;
  }

  async function load(file: File): Promise<void> {
    const turn = ++turns;
    try {
      if (file.size > LARGEST_FILE) throw new Error(`${file.name} is too large for ratings`);
      // The parser is as large as the rest of the page, and most visits do without it.
      const { parse } = await loadLater(import("csv-parse/browser/esm/sync"));
      const ratings = parseRatings(await file.text(), file.name, parse, spec);
      if (turn !== turns) return;
      if (ratings.length === 0) throw new Error(`${file.name} has a header, but no ratings`);
      loaded = { from: file.name, ratings };
      changed();
    } catch (error) {
      if (turn !== turns) return;
      const { detail, message } = error as Error & { detail?: string };
      showError("ratings", detail ?? message);
    }
  }

  add.addEventListener("click", () => {
    addRow().focus();
    changed();
  });
  byId("load-ratings").addEventListener("click", () => input.click());
  byId("remove-ratings").addEventListener("click", () => {
    turns++;
    loaded = undefined;
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
      turns++;
      for (const { element } of rows) element.remove();
      rows = [];
      loaded = undefined;
      if (ratings.length > MOST_ROWS || ratings.some(({ user }) => user !== undefined)) {
        loaded = { from: "the link", ratings };
      } else for (const rating of ratings) addRow(rating);
      changed();
    },
  };
}

function describe(from: string, ratings: readonly Rating[], known: ReadonlySet<string>): string {
  const mean = ratings.reduce((sum, { stars }) => sum + stars, 0) / ratings.length;
  const named = ratings.filter(({ user }) => user !== undefined);
  const met = named.filter(({ user }) => known.has(user!)).length;
  const users = named.length > 0 ? `; the model knows ${met} of ${named.length} users` : "";
  const count = ratings.length === 1 ? "1 rating" : `${ratings.length} ratings`;
  return `${count} from ${from}, ${mean.toFixed(1)} stars on average${users}`;
}
