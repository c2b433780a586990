/** A table for each side of the split: train.csv and test.csv, and the like with other ends. */

import { isTableName } from "../tables/open.ts";
import type { Layout } from "./layout.ts";

function tableNamed(files: ReadonlySet<string>, names: readonly string[]): string | undefined {
  return [...files]
    .sort()
    .find((file) => names.includes(file.replace(/\..*$/, "").toLowerCase()) && isTableName(file));
}

const TRAIN = ["train", "training"];
const TEST = ["test"];
const VALIDATION = ["validation", "valid", "val", "dev"];

export const SPLIT_FILES: Layout = {
  name: "a table per side of the split",
  matches: (files) =>
    tableNamed(files, TRAIN) !== undefined && tableNamed(files, TEST) !== undefined,
  describe(name, files) {
    const validation = tableNamed(files, VALIDATION);
    return {
      name,
      items: tableNamed(files, TRAIN),
      split: {
        test: tableNamed(files, TEST),
        ...(validation === undefined ? {} : { validation }),
      },
    };
  },
};
