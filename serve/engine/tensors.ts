/** Batches of named tensors, whose first dimension is the items: joined, cut and compared. */

import { elementCount, type Tensor, tensorOf, zeros } from "../../predictor/tensor.ts";

export type Tensors = Readonly<Record<string, Tensor>>;

export function rowsOf(tensors: Tensors): number {
  return Object.values(tensors)[0]?.dims[0] ?? 0;
}

/** Equal for batches that can be joined: all but the rows, and the second dimension where it may be filled up. */
export function signatureOf(tensors: Tensors, padded: ReadonlySet<string>): string {
  return Object.keys(tensors)
    .sort()
    .map((name) => {
      const { type, dims } = tensors[name]!;
      return `${name}:${type}:${dims.slice(padded.has(name) ? 2 : 1).join("x")}`;
    })
    .join();
}

/**
 * Stacks batches of the same signature; second dimensions that differ are filled up with zeros at the end, which
 * mean "nothing here" in every input of ours that has such a dimension.
 */
export function concatenate(batches: readonly Tensors[]): Record<string, Tensor> {
  return Object.fromEntries(
    Object.keys(batches[0]!).map((name) => [name, stack(batches.map((tensors) => tensors[name]!))]),
  );
}

function stack(parts: readonly Tensor[]): Tensor {
  const { type, dims } = parts[0]!;
  const rows = parts.reduce((sum, part) => sum + part.dims[0]!, 0);
  const width = Math.max(...parts.map((part) => part.dims[1] ?? 1));
  const inner = elementCount(dims.slice(2));
  const data = zeros(type, rows * width * inner);
  let at = 0;
  for (const part of parts) {
    const own = (part.dims[1] ?? 1) * inner;
    if (own === width * inner) {
      data.set(part.data, at);
      at += part.data.length;
      continue;
    }
    for (let row = 0; row < part.dims[0]!; row++, at += width * inner) {
      data.set(part.data.subarray(row * own, (row + 1) * own), at);
    }
  }
  return tensorOf(type, dims.length > 1 ? [rows, width, ...dims.slice(2)] : [rows], data);
}

/** Rows `from` to `to` (exclusive) of every tensor, as copies. */
export function sliceRows(tensors: Tensors, from: number, to: number): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { type, dims, data }]) => {
      const row = elementCount(dims.slice(1));
      return [
        name,
        tensorOf(type, [to - from, ...dims.slice(1)], data.slice(from * row, to * row)),
      ];
    }),
  );
}
