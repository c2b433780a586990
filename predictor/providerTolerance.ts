/** How far an execution provider may be off. Without imports: web workers load it. */

/**
 * Largest difference between a provider's probabilities and those of the CPU or WebAssembly. Half precision differs by at
 * most 3.7e-3 in the published bundle; a broken driver is off by far more.
 */
export const PROVIDER_TOLERANCE = 1e-2;
