/** Hugging Face's image folder: images with a metadata.jsonl or metadata.csv whose column file_name names them. */

import type { Layout } from "./layout.ts";

const METADATA = ["metadata.jsonl", "metadata.csv", "metadata.parquet"];
const SIDES = { validation: ["validation", "valid", "val", "dev"], test: ["test"] };

/** The metadata file in a folder, "" for the folder itself. */
function metadataIn(files: ReadonlySet<string>, folder: string): string | undefined {
  return METADATA.map((name) => (folder === "" ? name : `${folder}/${name}`)).find((path) =>
    files.has(path),
  );
}

export const IMAGE_FOLDER: Layout = {
  name: "an image folder with metadata",
  matches: (files) =>
    metadataIn(files, "") !== undefined || metadataIn(files, "train") !== undefined,
  describe(name, files) {
    const items = metadataIn(files, "train") ?? metadataIn(files, "");
    const tableOf = (side: keyof typeof SIDES) =>
      SIDES[side].map((folder) => metadataIn(files, folder)).find(Boolean);
    const [test, validation] = [tableOf("test"), tableOf("validation")];
    return {
      name,
      items,
      ...(test === undefined
        ? {}
        : { split: { test, ...(validation === undefined ? {} : { validation }) } }),
    };
  },
};
