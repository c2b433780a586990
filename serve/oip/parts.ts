/** The inputs of an inference request, each with its part of the binary data. */

import type { InferRequest } from "./schema.ts";
import { wrong } from "./wrong.ts";

export interface InputPart {
  readonly input: InferRequest["inputs"][number];
  /** Undefined where the values are in `input.data`, as JSON. */
  readonly bytes: Buffer | undefined;
}

/**
 * The request's inputs in order. What is wrong with one is thrown when it is its turn, and bytes that belong to none after the
 * last.
 *
 * @param binary Of the inputs with `binary_data_size`, in their order.
 * @param names Of the inputs that are known.
 * @throws HttpError 400 naming the input that is wrong.
 */
export function* partsOf(
  { inputs }: InferRequest,
  binary: Buffer,
  names: readonly string[],
): Generator<InputPart> {
  const known = new Set(names);
  const given = new Set<string>();
  let offset = 0;
  for (const input of inputs) {
    const { name, parameters, data } = input;
    if (!known.has(name)) {
      throw wrong(`input "${name}" is not one of the model's: ${names.join(", ")}`);
    }
    if (given.has(name)) throw wrong(`input "${name}" is given twice`);
    given.add(name);
    if (parameters && "shared_memory_region" in parameters) {
      throw wrong(`input "${name}" is in shared memory, which this server does not offer`);
    }
    const size = parameters?.binary_data_size;
    if (size === undefined) {
      if (data === undefined) throw wrong(`input "${name}" has neither data nor binary_data_size`);
      yield { input, bytes: undefined };
      continue;
    }
    if (data !== undefined) throw wrong(`input "${name}" has both data and binary_data_size`);
    if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) {
      throw wrong(`input "${name}" has binary_data_size ${size}, which is not a number of bytes`);
    }
    if (size > binary.length - offset) {
      throw wrong(`input "${name}" ends beyond the body: ${binary.length} binary bytes were sent`);
    }
    yield { input, bytes: binary.subarray(offset, offset + size) };
    offset += size;
  }
  if (offset !== binary.length) {
    throw wrong(`${binary.length - offset} binary bytes belong to no input`);
  }
}
