/** Images of a data set: files whose paths the table has, or bytes in the table. */

import * as z from "zod";
import { imageFolder, keepImage } from "../../dataset/imageFiles.ts";
import { type InputData, READ } from "../../dataset/inputData.ts";
import { findFile } from "../../dataset/namedFile.ts";
import { describeNoImage, imageIn } from "../../dataset/tables/values.ts";

const schema = z.strictObject({
  type: z.literal("image"),
  ...READ,
  folder: z.string().min(1).optional().describe("of the files; default: the table's own"),
  extensions: z
    .array(z.string().regex(/^\.?\w+$/))
    .min(1)
    .optional()
    .describe("tried in turn where there is no file of the name as it is"),
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
  fileName(given) {
    const image = imageIn(given);
    return typeof image === "string" ? image : undefined;
  },
  read(given, input, place) {
    const image = imageIn(given);
    if (image === undefined) return { problem: describeNoImage(place.column) };
    if (typeof image !== "string") {
      return { value: keepImage(image, imageFolder(place.cache)), made: true };
    }
    const found = findFile(image, input, place);
    return "path" in found ? { value: found.path } : found;
  },
} satisfies InputData<z.output<typeof schema>, DeclaredImage>;
