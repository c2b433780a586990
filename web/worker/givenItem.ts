/** Items as programs of other sites give them: checked, and their files opened. */

import type { AnswerOptions } from "../../predictor/answerTypes.ts";
import { InputError } from "../../predictor/errors.ts";
import type { Item } from "../../predictor/inputs/inputType.ts";
import type { InputSpecs } from "../../predictor/inputs/types.ts";
import { workerType } from "./inputs/types.ts";

/** The server's limit. */
const MAX_TOP_K = 1000;

/**
 * @param given Values by the inputs' names; of a file a Blob, an ArrayBuffer or a view of one. undefined and null count as absent.
 * @returns What the predictor takes.
 * @throws InputError naming the input that is wrong.
 */
export async function openItem(inputs: InputSpecs, given: unknown): Promise<Item> {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw new InputError("item", `is not an object of ${namesOf(inputs)}`);
  }
  const values = Object.entries(given).filter(([, value]) => value !== undefined && value !== null);
  const opened = values.map(async ([name, value]) => {
    const spec = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
    if (!spec)
      throw new InputError(name, `is not an input of this model, which has ${namesOf(inputs)}`);
    const { file } = workerType(spec);
    return [
      name,
      file ? (await file.open(name, spec, toBlob(name, value), () => {})).value : value,
    ] as const;
  });
  return Object.fromEntries(await Promise.all(opened));
}

function toBlob(name: string, value: unknown): Blob {
  if (value instanceof Blob) return value;
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
    return new Blob([value as BlobPart]);
  }
  throw new InputError(name, "is not a file: a Blob, an ArrayBuffer or a Uint8Array");
}

/** @throws InputError for an item of which nothing is known. @param groups Of inputs, that the item has. */
export function checkAnyGiven(inputs: InputSpecs, groups: readonly string[]): void {
  if (groups.length > 0) return;
  throw new InputError("item", `says nothing; give at least one of ${namesOf(inputs)}`);
}

/** @throws InputError naming the option that is wrong, as the server does. */
export function checkOptions({ topK, threshold }: AnswerOptions): void {
  if (topK !== undefined && !(Number.isInteger(topK) && topK >= 1 && topK <= MAX_TOP_K)) {
    throw new InputError("topK", `is not a whole number from 1 to ${MAX_TOP_K}`);
  }
  if (threshold !== undefined && !(threshold >= 0 && threshold <= 1)) {
    throw new InputError("threshold", "is not a number from 0 to 1");
  }
}

function namesOf(inputs: InputSpecs): string {
  return Object.keys(inputs).join(", ");
}
