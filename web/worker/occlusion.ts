/**
 * Where the model looks on an image: covers one part at a time, and credits what that takes from the outputs
 * to the part's cells (occlusion sensitivity; Zeiler and Fergus 2014).
 */

import type { PosterSpec } from "../../predictor/preprocess/poster.ts";
import type { OcclusionMap } from "./protocol.ts";

/** Cells along the poster's width. The cover is COVER x COVER cells, and moves by one cell. */
const COLUMNS = 8;
const COVER = 2;
/** Posters per run of the graph: more would save calls, fewer would cancel sooner. */
const BATCH = 8;

/** Top left cell of the cover. */
interface CoverPosition {
  readonly row: number;
  readonly column: number;
}

export interface OcclusionOptions {
  readonly spec: PosterSpec;
  readonly labels: readonly string[];
  /** uint8 [height, width, 3] */
  readonly poster: Uint8Array;
  /** Posters of that size -> probabilities, float32 [posters, labels]. */
  readonly probabilities: (posters: readonly Uint8Array[]) => Promise<Float32Array>;
  readonly onProgress: (done: number, total: number) => void;
  /** Called between batches; throws to stop. */
  readonly checkCancelled: () => Promise<void>;
}

export async function occlude(options: OcclusionOptions): Promise<OcclusionMap> {
  const { spec, labels, poster, probabilities, onProgress, checkCancelled } = options;
  const columns = Math.min(COLUMNS, spec.width);
  const rows = Math.min(
    spec.height,
    Math.max(COVER, Math.round((columns * spec.height) / spec.width)),
  );
  const positions: CoverPosition[] = [];
  for (let row = 0; row <= rows - COVER; row++) {
    for (let column = 0; column <= columns - COVER; column++) positions.push({ row, column });
  }
  const mean = meanColour(poster);
  const whole = await probabilities([poster]); // [labels]
  const sums = labels.map(() => new Float32Array(rows * columns));
  const counts = new Float32Array(rows * columns);
  for (let from = 0; from < positions.length; from += BATCH) {
    await checkCancelled();
    const batch = positions.slice(from, from + BATCH);
    const answers = await probabilities(
      batch.map(({ row, column }) => {
        const top = edge(row, rows, spec.height);
        const left = edge(column, columns, spec.width);
        const bottom = edge(row + COVER, rows, spec.height);
        const right = edge(column + COVER, columns, spec.width);
        return cover(poster, spec.width, { top, left, bottom, right }, mean);
      }),
    ); // [batch, labels]
    for (const [i, { row, column }] of batch.entries()) {
      for (const cell of cellsOf(row, column, columns)) {
        counts[cell]! += 1;
        for (const [l, sum] of sums.entries()) {
          sum[cell]! += whole[l]! - answers[i * labels.length + l]!;
        }
      }
    }
    onProgress(Math.min(from + BATCH, positions.length), positions.length);
  }
  const drops = labels.map((label, l) => [label, sums[l]!.map((sum, i) => sum / counts[i]!)]);
  return { rows, columns, drops: Object.fromEntries(drops) };
}

/** First pixel of a cell. */
function edge(cell: number, cells: number, pixels: number): number {
  return Math.round((cell * pixels) / cells);
}

function cellsOf(row: number, column: number, columns: number): number[] {
  const cells: number[] = [];
  for (let y = row; y < row + COVER; y++) {
    for (let x = column; x < column + COVER; x++) cells.push(y * columns + x);
  }
  return cells;
}

/** The poster's mean is the most neutral cover: black or grey would be a visible shape on many posters. */
function meanColour(poster: Uint8Array): readonly [number, number, number] {
  const sums: [number, number, number] = [0, 0, 0];
  for (let i = 0; i < poster.length; i++) sums[i % 3]! += poster[i]!;
  const pixels = poster.length / 3;
  return [sums[0] / pixels, sums[1] / pixels, sums[2] / pixels];
}

function cover(
  poster: Uint8Array,
  width: number,
  { top, left, bottom, right }: { top: number; left: number; bottom: number; right: number },
  colour: readonly [number, number, number],
): Uint8Array {
  const covered = poster.slice();
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) covered.set(colour, (y * width + x) * 3);
  }
  return covered;
}
