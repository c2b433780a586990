/** How far an execution provider may be off. Without imports: web workers load it. */

/**
 * Largest difference between a provider's probabilities and those of the CPU or WebAssembly. Half precision differs by at
 * most 1.4e-3 with the options of `models/ml1m`; a broken driver is off by far more.
 */
export const PROVIDER_TOLERANCE = 1e-2;
