/** Texts that training will cut, with the options that it has by default. */

import { readWords } from "../../../predictor/inputs/text.ts";
import { inputDataOf } from "../../inputs/data.ts";
import { keptWords, repeatsOf, textSection } from "../../inputs/text/options.ts";
import { type CutTexts, countCut, countText, defaultMaxWords } from "../cutTexts.ts";
import { columnOf, type Description, type Input } from "../description.ts";
import { isMissing } from "../tables/values.ts";
import type { ItemBatch } from "./itemBatch.ts";

export function createLongTextCheck({ inputs }: Description, root: string) {
  const checks = Object.entries(inputs).flatMap(([name, input]) =>
    input.type === "text" ? [createCount(name, input, root)] : [],
  );
  return {
    add(batch: ItemBatch): void {
      for (const check of checks) check.add(batch);
    },
    result: (): CutTexts[] => checks.map((check) => check.result()),
  };
}

function createCount(name: string, input: Input & { type: "text" }, root: string) {
  const { form = "plain", spaces, group = name } = input;
  const kind = { form, ...(spaces === false ? { spaces } : {}) } as const;
  const options = textSection(group, kind).parse({});
  const repeats = repeatsOf(form, options) === "doubling" ? ("doubling" as const) : undefined;
  const column = columnOf(name, input)!;
  const { read } = inputDataOf(input);
  const textsByWords = new Map<number, number>();
  return {
    add({ file, columns, missing, sides }: ItemBatch): void {
      for (const [row, cell] of columns.get(column)!.entries()) {
        // As a run counts them: of the texts that training sees.
        if (sides[row] === "test" || isMissing(cell, missing)) continue;
        const place = { name, column, root, file, cache: root, missing, seen: {} };
        const found = read!(cell, input, place);
        if (!("value" in found) || found.value === undefined) continue;
        countText(textsByWords, readWords(String(found.value), { form, repeats }).length);
      }
    },
    result: () => {
      const maxWords = defaultMaxWords(keptWords(kind), () => textsByWords);
      return countCut({ input: name, group, maxWords }, textsByWords);
    },
  };
}
