/** What a graph can be made fast for: predictions of one item, or of many at a time. */
export const PURPOSES = ["latency", "throughput"] as const;
export type Purpose = (typeof PURPOSES)[number];
