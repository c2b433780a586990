/** Ratings: rows filled in by hand, or a CSV file; both count. */

import type { RatingsSpec } from "../../../predictor/inputs/ratings.ts";
import type { Rating, UserSpec } from "../../../predictor/preprocess/ratings.ts";
import { parseRatings, SeveralItemsError } from "../../../predictor/ratingsFile.ts";
import { loadLater } from "../../loadLater.ts";
import { strings } from "../../strings/strings.ts";
import { create } from "../dom.ts";
import { takeFiles } from "./dropping.ts";
import { chooseFile, type Loaded, type LoadedFile, loadedFile, readText } from "./loadedFile.ts";
import type { PageType } from "./pageType.ts";
import { createRatingRow, type RatingRow } from "./ratingRow.ts";
import { readRatings, writeRatings } from "./ratingsLink.ts";
import { createWhichItem, type WhichItem } from "./whichItem.ts";

/** More ratings than this are summarised instead of shown as rows. */
const MAX_ROWS = 12;

export const ratings = {
  createField({ root, spec, nouns, hint, id, onChange, showError }) {
    const texts = strings.inputs;
    const users = new Set(spec.users);
    const note = create(
      "p",
      { className: "hint", id: id("hint") },
      hint ?? texts.ratingsHint(nouns.item),
    );
    const add = create("button", { type: "button", id: id("add") }, texts.addRating);
    const load = create("button", { type: "button", id: id("load") }, texts.loadRatings);
    const changed = () => {
      showError(undefined);
      note.hidden = file.current() !== undefined || rows.ratings().length > 0;
      onChange();
    };
    const rows = startRows({ spec, add, id }, changed);
    const which = createWhichItem({ nouns, id, showError });
    const file: LoadedFile<readonly Rating[]> = loadedFile({
      id,
      what: texts.theFilesRatings,
      focusAfter: load,
      read: (given) => readFile(given, spec, which),
      describe: (from, given) => describe(from, given, users),
      onChange: changed,
      showError,
    });
    const chosen = chooseFile({
      button: load,
      id: id("file"),
      accept: ".csv,text/csv,text/plain",
      label: texts.ratingsFile,
      take: file.load,
    });
    const element = create(
      "div",
      {},
      note,
      rows.element,
      file.element,
      which.element,
      create("div", { className: "buttons" }, add, load),
      chosen,
    );
    takeFiles(element, root, {
      reads: (kind) => kind === "table",
      isEmpty: () => file.current() === undefined,
      take: file.load,
      refuse: showError,
    });
    const set = (given: readonly Rating[], loaded: Loaded<readonly Rating[]> | undefined) => {
      which.hide();
      file.set(loaded);
      rows.set(given);
      changed();
    };
    return {
      element,
      focus: () => add.focus(),
      read() {
        const given = [...rows.ratings(), ...(file.current()?.value ?? [])];
        return given.length > 0 ? given : undefined;
      },
      /** Many ratings, or ratings that name their users, are shown as a file's are. */
      fill(value = []) {
        const given = value as readonly Rating[];
        const asFile = given.length > MAX_ROWS || given.some(({ user }) => user !== undefined);
        if (asFile) set([], { from: texts.theLink, value: given });
        else set(given, undefined);
      },
      entered() {
        const given = [...rows.ratings(), ...(file.current()?.value ?? [])];
        // A link has no rating without stars, which the form has while they are typed.
        const whole = given.filter(({ stars }) => Number.isFinite(stars));
        return whole.length > 0 ? whole : undefined;
      },
      keep() {
        const [given, loaded] = [rows.ratings(), file.current()];
        return loaded || given.length > 0 ? { rows: given, loaded } : undefined;
      },
      restore(kept) {
        const { rows: given, loaded } = kept as {
          rows: Rating[];
          loaded?: Loaded<readonly Rating[]>;
        };
        // JSON has null for stars that are not typed yet.
        set(
          given.map((rating) => ({ ...rating, stars: rating.stars ?? Number.NaN })),
          loaded,
        );
      },
    };
  },

  inWords: ({ length }) => strings.inputs.ratings(length),

  link: { write: writeRatings, read: readRatings },

  describeError(place, detail) {
    const row = /^\[(\d+)\]/.exec(place)?.[1];
    return row === undefined ? detail : strings.inputs.ratingIs(Number(row) + 1, detail);
  },

  whenMeasured(noun, most) {
    const { withAll, withNone, withAtMost } = strings.gains;
    if (most === undefined) return withAll(noun);
    // Other users' demographics say far less than a user that the model knows.
    return most === 0 ? withNone(noun) : withAtMost(most, noun);
  },
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
async function readFile(
  file: File,
  spec: UserSpec,
  which: WhichItem,
): Promise<Loaded<readonly Rating[]>> {
  which.hide();
  // The parser is as large as the rest of the page, and most visits do without it.
  const { parse } = await loadLater(import("csv-parse/browser/esm/sync"));
  const text = await readText(file);
  try {
    const value = parseRatings(text, file.name, parse, spec);
    if (value.length === 0) throw new Error(strings.inputs.noRatings(file.name));
    return { from: file.name, value };
  } catch (error) {
    if (!(error instanceof SeveralItemsError)) throw error;
    const { column, items } = error;
    const item = await which.ask(file.name, column, items);
    const value = parseRatings(text, file.name, parse, spec, item);
    return { from: strings.inputs.fileAndItem(file.name, column, item), value };
  }
}

function describe(from: string, given: readonly Rating[], users: ReadonlySet<string>): string {
  const mean = given.reduce((sum, { stars }) => sum + stars, 0) / given.length;
  const named = given.filter(({ user }) => user !== undefined);
  const known = named.filter(({ user }) => users.has(user!)).length;
  const about = named.length > 0 ? strings.inputs.knowsUsers(known, named.length) : "";
  return strings.inputs.ratingsFrom(given.length, from, mean) + about;
}
