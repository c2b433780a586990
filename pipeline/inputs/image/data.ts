/** Images of a data set: files whose paths the table has, or bytes in the table. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { imageFolder, keepImage } from "../../dataset/imageFiles.ts";
import { type InputData, READ } from "../../dataset/inputData.ts";
import { quote } from "../../dataset/issues.ts";
import { imageIn } from "../../dataset/tables/values.ts";

const schema = z.strictObject({
  type: z.literal("image"),
  ...READ,
  folder: z.string().min(1).optional().describe("of the files; default: the table's own"),
  extensions: z
    .array(z.string().regex(/^\.?\w+$/))
    .min(1)
    .optional()
    .describe("tried in turn where the column has names without one"),
});

export interface DeclaredImage {
  readonly type: "image";
}

export const image = {
  schema,
  column: (name, { column }) => column ?? name,
  namesGraphInput: true,
  whyAlone:
    "because its network learns from pictures, and an item without one would be a black picture to it",
  declare: () => ({ type: "image" }),
  read(given, { folder, extensions }, { root, cache, column }) {
    const image = imageIn(given);
    if (image === undefined) {
      return { problem: `${quote(column)} has neither the bytes of an image nor its path.` };
    }
    if (typeof image !== "string")
      return { value: keepImage(image, imageFolder(cache)), made: true };
    const path = join(root, folder ?? "", image);
    const candidates = [
      path,
      ...(extensions ?? []).map((extension) => `${path}.${extension.replace(/^\./, "")}`),
    ];
    const found = candidates.find((candidate) => existsSync(candidate));
    return found === undefined ? { absent: image } : { value: found };
  },
} satisfies InputData<z.output<typeof schema>, DeclaredImage>;
