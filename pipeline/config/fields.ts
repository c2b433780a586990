/** Kinds of values that several options have. */

import { z } from "zod";

export const positive = z.int().positive();
/** An empty path would mean the current folder, which is never intended. */
export const path = z.string().min(1, "must not be empty");
export const share = z.number().min(0).max(1);
/** A share below 1: something has to remain. */
export const shareBelowOne = z.number().min(0).lt(1);
