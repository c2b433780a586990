/**
 * Outputs of jobs as bytes: one safetensors file with every array, and the rest as JSON. Equal outputs are equal bytes; how
 * long the work took is not part of them, and goes into the reference that leads to them.
 */

import * as z from "zod";
import { type Storage, sha256Schema } from "../../../node/storage/storage.ts";
import { decodeSafetensors, encodeSafetensors, type Values } from "../../checkpoint/safetensors.ts";
import type { CrossValidation } from "../../folds/summary.ts";
import type { FoldResult } from "../../folds/trainFold.ts";
import { type Job, keyOf, type OutputOf } from "../job.ts";

/** Leads to a job's output in the storage. */
export const referenceSchema = z.strictObject({
  sha256: sha256Schema,
  /** Seconds and items per second of every epoch of every tower. */
  times: z.array(z.array(z.tuple([z.number(), z.number()]))),
});
export type Reference = z.infer<typeof referenceSchema>;

/** The output that the job has already, whoever made it; undefined if there is none. */
export async function findOutput(storage: Storage, job: Job): Promise<Reference | undefined> {
  const text = await storage.named(nameOf(job));
  return text === undefined ? undefined : parseReference(text, storage, job);
}

/** @throws Error naming what is damaged. */
function parseReference(text: string, storage: Storage, job: Job): Reference {
  try {
    return referenceSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new Error(`${storage.url} is damaged: ${nameOf(job)} names no output; delete it there`, {
      cause: error,
    });
  }
}

/** @returns The reference to the job's output: that of another worker, if one was faster. */
export async function keepOutput<J extends Job>(
  storage: Storage,
  job: J,
  output: OutputOf<J>,
): Promise<Reference> {
  const { bytes, times } = encodeOutput(output);
  const reference: Reference = { sha256: await storage.put(bytes), times };
  const text = await storage.name(nameOf(job), JSON.stringify(reference));
  return parseReference(text, storage, job);
}

/** @throws Error if the content is not what the job's work made. */
export async function readOutput<J extends Job>(
  storage: Storage,
  reference: Reference,
): Promise<OutputOf<J>> {
  const bytes = await storage.get(reference.sha256);
  return decodeOutput(bytes, reference.times) as OutputOf<J>;
}

/** Name of the scratch folder with the states of a job's training. */
export function checkpointsOf(job: Job): string {
  return `checkpoints/${keyOf(job)}`;
}

/** Name of the scratch folder with the training log of a job. */
export function logsOf(job: Job): string {
  return `logs/${keyOf(job)}`;
}

function nameOf(job: Job): string {
  return `outputs/${keyOf(job)}`;
}

export function encodeOutput(output: FoldResult | CrossValidation): {
  readonly bytes: Uint8Array;
  readonly times: Reference["times"];
} {
  const times: Reference["times"] =
    "towers" in output
      ? output.towers.map(({ history }) =>
          history.map(({ seconds, samplesPerSecond }) => [seconds, samplesPerSecond]),
        )
      : [];
  const tensors = new Map<string, Values>();
  const value = JSON.stringify(toJson(withTimes(output, undefined), tensors));
  return { bytes: encodeSafetensors({ metadata: { value }, tensors }), times };
}

export function decodeOutput(
  bytes: Uint8Array,
  times: Reference["times"],
): FoldResult | CrossValidation {
  const { metadata, tensors } = decodeSafetensors(bytes);
  const output = fromJson(JSON.parse(metadata.value ?? "null"), tensors);
  return withTimes(output as FoldResult | CrossValidation, times);
}

/** @param times Undefined: all times are 0. */
function withTimes<T extends FoldResult | CrossValidation>(
  output: T,
  times: Reference["times"] | undefined,
): T {
  if (!("towers" in output)) return output;
  const towers = output.towers.map((tower, t) => ({
    ...tower,
    history: tower.history.map((record, e) => {
      const [seconds, samplesPerSecond] = times?.[t]?.[e] ?? [0, 0];
      return { ...record, seconds, samplesPerSecond };
    }),
  }));
  return { ...output, towers };
}

/** What JSON has no words for, as an object with one of these keys. */
const TENSOR = "$tensor";
const NUMBER = "$number";
const MAP = "$map";

function toJson(value: unknown, tensors: Map<string, Values>): unknown {
  if (typeof value === "number") {
    if (Object.is(value, -0)) return { [NUMBER]: "-0" };
    return Number.isFinite(value) ? value : { [NUMBER]: String(value) };
  }
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((part) => toJson(part, tensors));
  if (value instanceof Map) {
    return { [MAP]: [...value].map(([key, part]) => [key, toJson(part, tensors)]) };
  }
  if (ArrayBuffer.isView(value)) {
    const name = String(tensors.size);
    tensors.set(name, checkedArray(value));
    return { [TENSOR]: name };
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, toJson(part, tensors)]),
  );
}

function checkedArray(value: ArrayBufferView): Values {
  // A Buffer is a Uint8Array, but whoever reads it would get another class.
  const plain = [Float64Array, Float32Array, Int32Array, Uint32Array, Uint8Array] as const;
  if (plain.some((type) => Object.getPrototypeOf(value) === type.prototype)) return value as Values;
  throw new Error(`internal: an output holds a ${value.constructor.name}`);
}

function fromJson(value: unknown, tensors: ReadonlyMap<string, Values>): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((part) => fromJson(part, tensors));
  const [[key, part] = [], ...more] = Object.entries(value);
  if (more.length === 0) {
    if (key === NUMBER) return Number(part);
    if (key === TENSOR) {
      const values = tensors.get(part as string);
      if (values === undefined) throw new Error(`it lacks the array ${JSON.stringify(part)}`);
      return values;
    }
    if (key === MAP) {
      const entries = part as [unknown, unknown][];
      return new Map(entries.map(([name, inner]) => [name, fromJson(inner, tensors)]));
    }
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, fromJson(inner, tensors)]),
  );
}
