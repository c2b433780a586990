/** How a description names tables and their columns. */

import * as z from "zod";
import { ENCODINGS } from "./table.ts";

export const column = z.string().min(1);

const file = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);

const tableObject = z.strictObject({
  file: file.describe("path, glob, or a list of them, relative to the description"),
  separator: z.string().min(1).optional().describe("between the fields of CSV, e.g. ; or ::"),
  columns: z
    .array(column)
    .min(1)
    .optional()
    .describe("names of the columns of CSV without a header"),
  encoding: z.enum(ENCODINGS).optional().describe("of CSV; default: utf-8"),
});

export const table = z
  .union([file, tableObject])
  .describe(
    "CSV, TSV, JSON, JSON lines or Parquet, plain or gzip: a path, a glob, a list, or an object",
  );
