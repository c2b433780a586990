/** The layouts of folders that are known by sight, in the order in which they are tried. */

import { COURSE } from "./course.ts";
import { IMAGE_FOLDER } from "./imageFolder.ts";
import type { Layout } from "./layout.ts";
import { MOVIELENS } from "./movielens.ts";
import { SPLIT_FILES } from "./splitFiles.ts";

export const LAYOUTS: readonly Layout[] = [COURSE, MOVIELENS, IMAGE_FOLDER, SPLIT_FILES];
