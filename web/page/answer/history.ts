/** The last answers, and two of them side by side. They are kept in memory: a reload forgets them. */

import type { Item } from "../../../predictor/inputs/inputType.ts";
import { capital } from "../../strings/capital.ts";
import { strings } from "../../strings/strings.ts";
import type { ItemAnswer } from "../../worker/protocol.ts";
import { byId, create } from "../dom.ts";
import type { TargetView } from "../targets/targetView.ts";
import { changeCell, makeScrollable } from "./effects.ts";

/** Answers that are kept. */
const KEPT = 12;

export interface History {
  /**
   * Keeps an answer that the user has seen, as the newest.
   * @param words What it was given: a text that is only the beginning of a longer one was still being typed.
   */
  add(answered: Answered, words: readonly string[]): void;
}

interface Answered {
  readonly item: Item;
  readonly answer: ItemAnswer;
}

interface Entry extends Answered {
  /** Tells it from others, for as long as the page is open. */
  readonly id: string;
  readonly words: string;
}

export function startHistory(target: TargetView): History {
  const selects = [
    byId<HTMLSelectElement>("first-answer"),
    byId<HTMLSelectElement>("second-answer"),
  ];
  const [first, second] = selects as [HTMLSelectElement, HTMLSelectElement];
  /** Newest first. */
  let entries: readonly Entry[] = [];
  let added = 0;
  makeScrollable(byId("history-scroll"), byId("history-table"));
  const draw = () => {
    const [a, b] = [first, second].map(({ value }) => entries.find(({ id }) => id === value));
    if (a && b) drawTable(target, a, b);
  };
  const update = () => {
    byId("history").hidden = entries.length < 2;
    for (const select of selects) {
      const { value } = select;
      select.replaceChildren(
        ...entries.map(({ id, words }) => create("option", { value: id }, words)),
      );
      if (entries.some(({ id }) => id === value)) select.value = value;
    }
    draw();
  };
  for (const select of selects) select.addEventListener("change", draw);
  byId("history-clear").addEventListener("click", () => {
    entries = [];
    update();
    byId("answer").focus();
  });
  return {
    add({ item, answer }, words) {
      const entry = {
        item,
        answer,
        id: String(++added),
        words: `${added}. ${capital(words.join(", "))}`,
      };
      const others = entries.filter(
        (other, i) =>
          !isSame(other, { item, answer }) && !(i === 0 && isStillTyped(other.item, item)),
      );
      entries = [entry, ...others].slice(0, KEPT);
      update();
      first.value = entry.id;
      if (second.value === first.value || second.value === "") second.value = entries[1]?.id ?? "";
      draw();
    },
  };
}

/** With the answers, as all files are the same in an item. */
function isSame(a: Answered, b: Answered): boolean {
  return isEqual(a.item, b.item) && isEqual(a.answer, b.answer);
}

function isEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Whether nothing but texts or numbers differ, and one is the beginning of the other: "The Ha" of "The Haunted". */
export function isStillTyped(before: Item, after: Item): boolean {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  const changed = [...names].filter((name) => !isEqual(before[name], after[name]));
  const isBeginning = (name: string) => {
    const [from, to] = [before[name], after[name]].map((value) =>
      Number.isFinite(value) ? String(value) : value,
    );
    if (typeof from !== "string" || typeof to !== "string") return false;
    return to.startsWith(from) || from.startsWith(to);
  };
  return changed.length > 0 && changed.every(isBeginning);
}

function drawTable(target: TargetView, first: Entry, second: Entry): void {
  const texts = strings.answer;
  const head = create(
    "tr",
    {},
    create("th", { scope: "col" }, target.effectsHead),
    ...[texts.first, texts.second, texts.change].map((text) =>
      create("th", { scope: "col" }, text),
    ),
  );
  const rows = target
    .compare(first.answer, second.answer)
    .map((row) =>
      create(
        "tr",
        {},
        create("th", { scope: "row" }, row.name),
        create("td", {}, row.first),
        create("td", {}, row.second),
        changeCell(row.change),
      ),
    );
  byId("history-table").replaceChildren(create("thead", {}, head), create("tbody", {}, ...rows));
}
