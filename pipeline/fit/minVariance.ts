/** Variances below this are rounding noise: the values are constant, and are not divided by their standard deviation. */
export const MIN_VARIANCE = 1e-12;
