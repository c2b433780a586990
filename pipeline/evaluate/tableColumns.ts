/** Numbers and categories of movies as columns for a linear model. */

import { type InputSpec, type InputSpecs, typeOf } from "../../predictor/inputs/types.ts";
import type { Tensor } from "../../predictor/tensor.ts";
import type { EncodedMovie } from "../fit/prepare.ts";
import type { SparseRows } from "../regression/sparseRows.ts";

export interface TableColumns {
  /** Names of the inputs. */
  readonly names: readonly string[];
  readonly train: SparseRows;
  readonly movies: SparseRows;
}

/**
 * The inputs whose graph tensors have a fixed number of values for an item: floats as they are, whole numbers one-hot, 0
 * being none. Those taken from another input are left to it.
 */
export function tableColumns(
  train: readonly EncodedMovie[],
  movies: readonly EncodedMovie[],
  specs: InputSpecs,
): TableColumns {
  const names = Object.entries(specs).flatMap(([name, spec]) =>
    isTable(name, spec) ? [name] : [],
  );
  const columns = new Map<string, number>();
  const ofTrain = rowsOf(train, specs, names, (key) => {
    const column = columns.get(key) ?? columns.size;
    columns.set(key, column);
    return column;
  });
  const ofMovies = rowsOf(movies, specs, names, (key) => columns.get(key));
  return {
    names,
    train: { ...ofTrain, columns: columns.size },
    movies: { ...ofMovies, columns: columns.size },
  };
}

function isTable(name: string, spec: InputSpec): boolean {
  const type = typeOf(spec);
  if (type.length || ("from" in spec && spec.from !== undefined)) return false;
  return Object.values(type.collate(name, spec, [type.absent(spec)])).every(
    ({ dims }) => dims.length === 2,
  );
}

/** @param columnOf Of a value; undefined for one that was not seen in training. */
function rowsOf(
  movies: readonly EncodedMovie[],
  specs: InputSpecs,
  names: readonly string[],
  columnOf: (key: string) => number | undefined,
): Omit<SparseRows, "columns"> {
  const tensors: [string, Tensor][] =
    movies.length === 0
      ? []
      : names.flatMap((name) => {
          const spec = specs[name]!;
          const features = movies.map((movie) => movie.features[name]);
          return Object.entries(typeOf(spec).collate(name, spec, features));
        });
  const offsets = new Uint32Array(movies.length + 1);
  const indices: number[] = [];
  const values: number[] = [];
  for (let row = 0; row < movies.length; row++) {
    const cells = new Map<number, number>();
    for (const [tensor, { type, dims, data }] of tensors) {
      const width = dims[1]!;
      for (let at = 0; at < width; at++) {
        const value = Number(data[row * width + at]);
        if (value === 0) continue;
        const isNumber = type === "float32";
        const column = columnOf(isNumber ? `${tensor} ${at}` : `${tensor} = ${value}`);
        if (column !== undefined) cells.set(column, isNumber ? value : 1);
      }
    }
    indices.push(...cells.keys());
    values.push(...cells.values());
    offsets[row + 1] = indices.length;
  }
  return { offsets, indices: Uint32Array.from(indices), values: Float64Array.from(values) };
}
