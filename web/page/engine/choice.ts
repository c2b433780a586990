/** What this browser stores: what the user wants to compute with, and what earlier visits found out. */

import { availableThreads } from "../../worker/threads.ts";
import type { ComputeChoice, Measurement } from "./state.ts";

const CHOICE = "marquee:compute-with";
const MEASUREMENT = "marquee:measured";
const ONE_THREAD = "marquee:one-thread";

export function readChoice(): ComputeChoice {
  const choice = read(CHOICE);
  return choice === "wasm" || choice === "webgpu" ? choice : "auto";
}

export function storeChoice(choice: ComputeChoice): void {
  store(CHOICE, choice);
}

export function readMeasurement(): Measurement | undefined {
  const measurement = read(MEASUREMENT) as Measurement | null | undefined;
  // Earlier versions stored a sentence in place of the times.
  const { wasmMs, gpuMs } = measurement ?? {};
  return Number.isFinite(wasmMs) && Number.isFinite(gpuMs) ? measurement! : undefined;
}

/** @param measurement undefined: measure again at the next visit. */
export function storeMeasurement(measurement: Measurement | undefined): void {
  store(MEASUREMENT, measurement);
}

/** How many threads to start the runtime with: one, where more did not start in this version of the browser. */
export function threadsToStart(): number {
  return read(ONE_THREAD) === navigator.userAgent ? 1 : availableThreads();
}

export function storeOneThread(): void {
  store(ONE_THREAD, navigator.userAgent);
}

function read(key: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return undefined; // storage is forbidden, or the value is not ours
  }
}

function store(key: string, value: unknown): void {
  try {
    localStorage.setItem(key, JSON.stringify(value ?? null));
  } catch {
    // A browser that stores nothing measures again at the next visit.
  }
}
