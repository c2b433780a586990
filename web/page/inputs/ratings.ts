/** Ratings: rows filled in by hand, or a CSV file; both count. */

import type { RatingsSpec } from "../../../predictor/inputs/ratings.ts";
import type { Rating, UserSpec } from "../../../predictor/preprocess/ratings.ts";
import { parseRatings } from "../../../predictor/ratingsFile.ts";
import { loadLater } from "../../loadLater.ts";
import { create } from "../dom.ts";
import { chooseFile, type LoadedFile, loadedFile } from "./loadedFile.ts";
import type { PageType } from "./pageType.ts";
import { createRatingRow, type RatingRow } from "./ratingRow.ts";
import { readRatings, writeRatings } from "./ratingsLink.ts";

/** More ratings than this are summarised instead of shown as rows. */
const MAX_ROWS = 12;

export const ratings = {
  createField({ spec, nouns, hint, id, onChange, showError }) {
    const users = new Set(spec.users);
    const note = create(
      "p",
      { className: "hint", id: id("hint") },
      hint ??
        `Describe users who rated the ${nouns.item}, or load a CSV file with the columns user and stars.`,
    );
    const add = create("button", { type: "button", id: id("add") }, "Add a rating");
    const load = create("button", { type: "button", id: id("load") }, "Load a CSV file");
    const changed = () => {
      showError(undefined);
      note.hidden = file.current() !== undefined || rows.ratings().length > 0;
      onChange();
    };
    const rows = startRows({ spec, add, id }, changed);
    const file: LoadedFile<readonly Rating[]> = loadedFile({
      id,
      what: "the file's ratings",
      focusAfter: load,
      read: (given) => readFile(given, spec),
      describe: (from, given) => describe(from, given, users),
      onChange: changed,
      showError,
    });
    const chosen = chooseFile({
      button: load,
      id: id("file"),
      accept: ".csv,text/csv,text/plain",
      label: "CSV file of ratings",
      take: file.load,
    });
    return {
      element: create(
        "div",
        {},
        note,
        rows.element,
        file.element,
        create("div", { className: "buttons" }, add, load),
        chosen,
      ),
      focus: () => add.focus(),
      read() {
        const given = [...rows.ratings(), ...(file.current() ?? [])];
        return given.length > 0 ? given : undefined;
      },
      /** Many ratings, or ratings that name their users, are shown as a file's are. */
      fill(value = []) {
        const given = value as readonly Rating[];
        const asFile = given.length > MAX_ROWS || given.some(({ user }) => user !== undefined);
        file.set(asFile ? { from: "the link", value: given } : undefined);
        rows.set(asFile ? [] : given);
        changed();
      },
    };
  },

  inWords: ({ length }) => (length === 1 ? "1 rating" : `${length} ratings`),

  link: { write: writeRatings, read: readRatings },

  describeError(place, detail) {
    const row = /^\[(\d+)\]/.exec(place)?.[1];
    return row === undefined ? detail : `Rating ${Number(row) + 1}: ${detail}`;
  },

  whenMeasured: (noun) => `with all their ${noun}`,
} satisfies PageType<RatingsSpec, readonly Rating[]>;

interface RatingRows {
  readonly element: HTMLElement;
  ratings(): Rating[];
  set(ratings: readonly Rating[]): void;
}

interface RowOptions {
  readonly spec: UserSpec;
  readonly add: HTMLElement;
  readonly id: (part: string) => string;
}

function startRows({ spec, add, id }: RowOptions, onChange: () => void): RatingRows {
  const element = create("ol", { className: "rating-rows", id: id("rows") });
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
    element.append(row.element);
    return row;
  }
  add.addEventListener("click", () => {
    addRow().focus();
    onChange();
  });
  return {
    element,
    ratings: () => rows.map(({ rating }) => rating),
    set(ratings) {
      for (const { element } of rows) element.remove();
      rows = [];
      for (const rating of ratings) addRow(rating);
    },
  };
}

/** @throws Error, or InputError naming the line, in words for the user. */
async function readFile(file: File, spec: UserSpec): Promise<readonly Rating[]> {
  // The parser is as large as the rest of the page, and most visits do without it.
  const { parse } = await loadLater(import("csv-parse/browser/esm/sync"));
  const given = parseRatings(await file.text(), file.name, parse, spec);
  if (given.length === 0) throw new Error(`${file.name} has a header, but no ratings`);
  return given;
}

function describe(from: string, given: readonly Rating[], users: ReadonlySet<string>): string {
  const mean = given.reduce((sum, { stars }) => sum + stars, 0) / given.length;
  const named = given.filter(({ user }) => user !== undefined);
  const known = named.filter(({ user }) => users.has(user!)).length;
  const about = named.length > 0 ? `; the model knows ${known} of ${named.length} users` : "";
  const count = given.length === 1 ? "1 rating" : `${given.length} ratings`;
  return `${count} from ${from}, ${mean.toFixed(1)} stars on average${about}`;
}
