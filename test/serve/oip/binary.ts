/** Binary tensors as clients write and read them, for tests. */

/** BYTES: each element after its length. */
export function bytesTensor(elements: readonly (string | Uint8Array)[]): Buffer {
  return Buffer.concat(
    elements.flatMap((element) => {
      const bytes = Buffer.from(element as string);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes.length);
      return [length, bytes];
    }),
  );
}

/** The texts of BYTES. */
export function textsOf(tensor: Buffer): string[] {
  const texts: string[] = [];
  for (let at = 0; at < tensor.length; ) {
    const end = at + 4 + tensor.readUInt32LE(at);
    texts.push(tensor.subarray(at + 4, end).toString());
    at = end;
  }
  return texts;
}

export interface BinaryInput {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly bytes: Buffer;
  readonly parameters?: object;
}

/** The body of a request, and the value of the header with its JSON's length. */
export function binaryBody(
  inputs: readonly BinaryInput[],
  request: object = {},
): { readonly body: Buffer; readonly length: string } {
  const described = inputs.map(({ bytes, parameters, ...input }) => ({
    ...input,
    parameters: { ...parameters, binary_data_size: bytes.length },
  }));
  const json = Buffer.from(JSON.stringify({ ...request, inputs: described }));
  const body = Buffer.concat([json, ...inputs.map(({ bytes }) => bytes)]);
  return { body, length: String(json.length) };
}
