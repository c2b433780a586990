/**
 * The Open Inference Protocol v2
 * (https://kserve.github.io/website/docs/concepts/architecture/data-plane/v2-protocol), as REST.
 */

import * as z from "zod";
import type { TensorType } from "../../predictor/tensor.ts";
import { list } from "../core/list.ts";

/** The protocol's names of the data types that our graphs have. */
export const DATATYPES: Readonly<Record<TensorType, "FP32" | "INT32" | "UINT8">> = {
  float32: "FP32",
  int32: "INT32",
  uint8: "UINT8",
};

const parameters = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
// biome-ignore format: one line a kind
const datatype = z.enum([
  "BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64",
  "FP16", "FP32", "FP64", "BYTES",
]);
export type Datatype = z.infer<typeof datatype>;

/** Inputs of a request, and outputs it may ask for: a table has dozens of columns, and up to two tensors of each. */
export const MAX_TENSORS = 1000;

export const inferRequestSchema = z
  .object({
    id: z.string().max(200).optional(),
    parameters: parameters.optional(),
    inputs: list(
      z.object({
        name: z.string(),
        shape: list(z.int().nonnegative(), { max: 16 }),
        datatype,
        parameters: parameters.optional(),
        data: z
          .array(z.any())
          .optional()
          .describe("flat or nested, row-major; absent where the data follows in binary"),
      }),
      { min: 1, max: MAX_TENSORS },
    ),
    outputs: list(z.object({ name: z.string(), parameters: parameters.optional() }), {
      max: MAX_TENSORS,
    })
      .optional()
      .describe("absent: all"),
  })
  .meta({ id: "InferRequest" });
export type InferRequest = z.infer<typeof inferRequestSchema>;

export const inferResponseSchema = z
  .object({
    model_name: z.string(),
    model_version: z.string(),
    id: z.string().optional(),
    outputs: z.array(
      z.object({
        name: z.string(),
        shape: z.array(z.int()),
        datatype,
        parameters: parameters.optional(),
        data: z.array(z.union([z.number(), z.string()])).optional(),
      }),
    ),
  })
  .meta({ id: "InferResponse" });

export const errorSchema = z.object({ error: z.string() }).meta({ id: "InferenceError" });

const tensor = z.object({ name: z.string(), datatype, shape: z.array(z.int()) });

export const serverMetadataSchema = z
  .object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) })
  .meta({ id: "ServerMetadata" });

export const modelMetadataSchema = z
  .object({
    name: z.string(),
    versions: z.array(z.string()),
    platform: z.string(),
    inputs: z.array(tensor),
    outputs: z.array(tensor),
  })
  .meta({ id: "ModelMetadata" });
