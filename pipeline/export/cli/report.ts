/** What the command prints: the table of --verify, and the lines about the file. */
import { totalBytes } from "../artifacts.ts";
import type { Conversion } from "../convert.ts";
import { kilobytes, notesOf, scientific } from "../report.ts";
import { type Difference, type OutputComparison, verdictOf } from "../verify/measure.ts";

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** One line per output and batch size; with a reduced precision also the error against fp32. */
export function comparisonTable(rows: readonly OutputComparison[], tolerance: number): string {
  const reduced = rows.some((row) => row.againstFull);
  const head = [
    "output",
    "shape",
    "max abs error",
    "max rel error",
    ...(reduced ? ["against fp32: abs", "rel"] : []),
    "",
  ];
  const lines = rows.map((row) => [
    row.output,
    `[${row.shape.join(", ")}]`,
    scientific(row.absolute),
    scientific(row.relative),
    ...(row.againstFull
      ? [scientific(row.againstFull.absolute), scientific(row.againstFull.relative)]
      : []),
    verdictOf(row, tolerance).text,
  ]);
  return table([head, ...lines]);
}

export interface ConversionSummary {
  path: string;
  dtype: string;
  conversion: Conversion;
  full: Conversion;
  /** To the fp32 graph; undefined for fp32 itself. */
  distance: Difference | undefined;
  milliseconds: number;
}

/** The file's size, its error against fp32, and notes for its users. */
export function describeConversion(summary: ConversionSummary): string {
  const { path, dtype, conversion, full, distance, milliseconds } = summary;
  const bytes = bytesOfFiles(conversion);
  const share =
    conversion === full ? "" : `, ${((100 * bytes) / bytesOfFiles(full)).toFixed(1)} % of fp32`;
  const beside = conversion.externalData
    ? ` (${kilobytes(conversion.externalData.byteLength)} of it in ${conversion.externalData.path})`
    : "";
  const lines = [
    `${path}: ${dtype}, ${kilobytes(bytes)}${share}${beside}, ${conversion.nodes} nodes, converted in ${milliseconds.toFixed(0)} ms`,
  ];
  if (distance)
    lines.push(
      `  error against fp32: ${scientific(distance.absolute)} absolute, ${scientific(distance.relative)} of the largest value`,
    );
  for (const note of notesOf(conversion)) lines.push(`  ${note}`);
  return lines.join("\n");
}

function bytesOfFiles({ parts, externalData }: Conversion): number {
  return totalBytes(parts) + (externalData?.byteLength ?? 0);
}
