/** Images of a data set: files, whose paths the table has. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { InputError } from "../../../predictor/errors.ts";
import { type InputData, READ } from "../../dataset/inputData.ts";
import { toText } from "../../dataset/tables/values.ts";

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
  declare: () => ({ type: "image" }),
  read(given, { folder, extensions }, { name, root }) {
    if (typeof given === "object") {
      throw new InputError(
        `inputs.${name}`,
        "has the images' bytes in the table, which cannot be trained yet; write them to files, and name these in the column",
      );
    }
    const path = join(root, folder ?? "", toText(given));
    const candidates = [
      path,
      ...(extensions ?? []).map((extension) => `${path}.${extension.replace(/^\./, "")}`),
    ];
    const found = candidates.find((candidate) => existsSync(candidate));
    return found === undefined ? { absent: toText(given) } : { value: found };
  },
} satisfies InputData<z.output<typeof schema>, DeclaredImage>;
