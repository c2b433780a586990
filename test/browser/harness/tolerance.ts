/** Largest difference of a probability between two runtimes with the same graph, which sum in different orders. */
export const TOLERANCE = 1e-5;
