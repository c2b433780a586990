/** The values of inputs, read as training does: how many of them cannot be used. */

import { inputDataOf } from "../../inputs/data.ts";
import { columnOf, type Description, type Input } from "../description.ts";
import type { IssueList } from "../issues.ts";
import { describeNoFile } from "../namedFile.ts";
import { isMissing } from "../tables/values.ts";
import type { ItemBatch } from "./itemBatch.ts";

export interface InputReport {
  readonly input: string;
  /** Values that are there. */
  readonly given: number;
  /** Those of them for which their item is left out. */
  readonly unusable: number;
  /** Those that are read as no value, such as a text in which a pattern finds nothing. */
  readonly nothing: number;
  /** Names of files that are not there. */
  readonly absent: number;
}

/**
 * @param root Folder that the description's paths are relative to.
 * @param issues Gets the values that cannot be used.
 */
export function createInputCheck({ inputs }: Description, root: string, issues: IssueList) {
  const checks = Object.entries(inputs).flatMap(
    ([name, input]) => createCheck(name, input, root, issues) ?? [],
  );
  return {
    add(batch: ItemBatch): void {
      for (const check of checks) check.add(batch);
    },
    result: (): InputReport[] => checks.map((check) => check.result()),
  };
}

/** @returns Undefined of images, which have a check of their own, and of inputs that read no column. */
function createCheck(name: string, input: Input, root: string, issues: IssueList) {
  const { read } = inputDataOf(input);
  const column = columnOf(name, input);
  if (input.type === "image" || read === undefined || column === undefined) return undefined;
  const seen = {};
  let [given, unusable, nothing, absent] = [0, 0, 0, 0];
  return {
    add({ file, lines, missing, columns }: ItemBatch): void {
      for (const [row, cell] of columns.get(column)!.entries()) {
        if (isMissing(cell, missing)) continue;
        given++;
        // Only images write files, to the cache.
        const found = read(cell, input, { name, column, root, file, cache: root, missing, seen });
        if ("problem" in found) {
          unusable++;
          issues.add(file, lines[row], () => found.problem);
        } else if ("absent" in found) {
          absent++;
          issues.note(file, lines[row], () => `${describeNoFile(column, found.absent)}.`);
        } else if (found.value === undefined) nothing++;
      }
    },
    result: (): InputReport => ({ input: name, given, unusable, nothing, absent }),
  };
}
