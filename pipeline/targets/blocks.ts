/** Parts of reports as data: what a target has to show, however it is rendered. */

export type Chart = {
  /** How to read it: what is good, what is bad, and what a shape or a difference means. */
  readonly reading: string;
} & (
  | {
      readonly kind: "bars";
      readonly bars: readonly { readonly label: string; readonly value: number }[];
      readonly description: string;
      readonly axis: string;
      /** Scores have three decimals, counts none. */
      readonly unit: "score" | "count";
    }
  | {
      /** Counts by row (true) and column (answered). */
      readonly kind: "matrix";
      readonly names: readonly string[];
      readonly counts: readonly (readonly number[])[];
      readonly description: string;
    }
  | {
      readonly kind: "points";
      readonly points: readonly { readonly x: number; readonly y: number }[];
      readonly xAxis: string;
      readonly yAxis: string;
      readonly description: string;
      /** A line to compare with. */
      readonly line: "y = x" | "y = 0";
    }
);

export interface Block {
  readonly title: string;
  readonly chart?: Chart;
  /** Below the chart; in a model card, above the table. */
  readonly caption: string;
  readonly header: readonly string[];
  /** Numbers as text. */
  readonly rows: readonly (readonly (string | number)[])[];
}
