/** Schema and types of a bundle's manifest.json: everything a host needs besides the graph itself. */

import * as z from "zod";
import { curveMisfits, curves } from "./curve.ts";
import { inputName } from "./inputs/inputType.ts";
import { type InputSpecs, inputSpec, typeOf } from "./inputs/types.ts";
import { targetSpec, targetTypeOf } from "./targets/types.ts";

export const MANIFEST_FILE = "manifest.json";
/** Increased if a reader of the old format would misread the new one. */
export const FORMAT_VERSION = 4;

/** The graph's precisions and their files, named as Hugging Face and Transformers.js name them. */
export const PRECISION_FILES = {
  fp32: "model.onnx",
  fp16: "model_fp16.onnx",
  q8: "model_quantized.onnx",
} as const;
export type Precision = keyof typeof PRECISION_FILES;
export const PRECISIONS = Object.keys(PRECISION_FILES) as [Precision, ...Precision[]];

/** What people can read of a bundle: its model card and its report. */
export const DOCUMENT_FILES = ["README.md", "report.html"] as const;

const count = z.int().nonnegative();

/** The declared inputs by name, in the order of the graph's. */
const inputs: z.ZodType<InputSpecs> = z
  .record(z.string(), inputSpec)
  .refine((specs) => Object.keys(specs).length > 0, { error: "must name at least one" })
  .superRefine((specs, context) => {
    const owners = new Map<string, string>();
    for (const [name, spec] of Object.entries(specs)) {
      const { misfits, tensorNames } = typeOf(spec);
      // Not by the record's keys, whose errors zod does not print.
      for (const { message } of inputName.safeParse(name).error?.issues ?? []) {
        context.addIssue({ code: "custom", message, path: [name] });
      }
      for (const { path, message } of misfits?.(spec, specs) ?? []) {
        context.addIssue({ code: "custom", message, path: [name, ...path] });
      }
      for (const tensor of tensorNames(name, spec)) {
        const owner = owners.get(tensor);
        if (owner !== undefined) {
          const message = `has the graph input "${tensor}", as "${owner}" has`;
          context.addIssue({ code: "custom", message, path: [name] });
        }
        owners.set(tensor, name);
      }
    }
  });

const noun = z.string().min(1);

const tensorInfo = z.strictObject({
  name: z.string(),
  type: z.enum(["float32", "int32", "uint8"]),
  /** A string is the name of a dynamic dimension. */
  shape: z.array(z.union([z.string(), count])),
});

const provenance = z.strictObject({
  dataset: z.string(),
  /** True: trained on invented movies; the answers say nothing about real ones. */
  synthetic: z.boolean(),
  datasetSha256: z.string(),
  seed: z.int(),
  config: z.record(z.string(), z.unknown()),
  backend: z.string(),
  versions: z.record(z.string(), z.string()),
  gitCommit: z.string().optional(),
  createdAt: z.iso.datetime(),
  durationSeconds: z.number().nonnegative(),
});

export const manifestSchema = z
  .strictObject({
    formatVersion: z.literal(FORMAT_VERSION),
    name: z.string().min(1),
    /** What is predicted. */
    target: targetSpec,
    inputs,
    /** What items and labels are called; see `nounsOf` for those of a manifest without. */
    nouns: z.strictObject({ item: noun, items: noun, label: noun, labels: noun }).optional(),
    graph: z.strictObject({ inputs: z.array(tensorInfo), outputs: z.array(tensorInfo) }),
    /** Headline figures, measured through this bundle's graph. */
    metrics: z.record(z.string(), z.number()),
    /** How good the model is with few values of inputs that are lists. */
    curves: curves.optional(),
    provenance,
    /** Every other file of the bundle; plain names, so that none leads out of the folder. */
    files: z.record(
      z.string().regex(/^\w[\w.-]*$/),
      z.strictObject({ bytes: count, sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
    ),
  })
  .superRefine(({ target, inputs, curves = [] }, context) => {
    for (const { path, message } of curveMisfits(curves, inputs)) {
      context.addIssue({ code: "custom", message, path: ["curves", ...path] });
    }
    for (const { path, message } of targetTypeOf(target).misfits?.(target, inputs) ?? []) {
      context.addIssue({ code: "custom", message, path: ["target", ...path] });
    }
  });

export type Manifest = z.infer<typeof manifestSchema>;
export type TensorInfo = z.infer<typeof tensorInfo>;

/**
 * Reads a manifest.
 *
 * @param text The content of manifest.json.
 * @param where Named in errors, e.g. the file's path.
 * @throws Error that lists every field that is wrong.
 */
export function parseManifest(text: string, where = MANIFEST_FILE): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(`${where} is not JSON: ${(error as Error).message}`);
  }
  const version = (json as { formatVersion?: unknown } | null)?.formatVersion;
  if (typeof version === "number" && version !== FORMAT_VERSION) {
    throw new Error(
      `${where} has format version ${version}, this program reads ${FORMAT_VERSION}; use the Marquee version that wrote it, or retrain`,
    );
  }
  const result = manifestSchema.safeParse(json);
  if (!result.success) throw new Error(`${where} is not valid:\n${z.prettifyError(result.error)}`);
  return result.data;
}
