/** What the user wants to compute with, and what was once measured to be faster; both are kept by this browser. */

import type { Provider } from "../../worker/protocol.ts";

const WISH = "marquee:compute-with";
const MEASURED = "marquee:measured";

export type Wish = "auto" | Provider;

export interface Measured {
  /** Of which bundle and which adapter this is true. */
  readonly bundle: string;
  readonly adapter: string;
  readonly faster: Provider;
  /** In words, for the page. */
  readonly reason: string;
}

export function readWish(): Wish {
  const wish = read(WISH);
  return wish === "wasm" || wish === "webgpu" ? wish : "auto";
}

export function keepWish(wish: Wish): void {
  keep(WISH, wish);
}

export function readMeasured(): Measured | undefined {
  const measured = read(MEASURED) as Measured | null | undefined;
  return typeof measured === "object" && measured !== null ? measured : undefined;
}

/** @param measured undefined: it is to be measured anew. */
export function keepMeasured(measured: Measured | undefined): void {
  keep(MEASURED, measured);
}

function read(key: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return undefined; // forbidden, or not ours
  }
}

function keep(key: string, value: unknown): void {
  try {
    localStorage.setItem(key, JSON.stringify(value ?? null));
  } catch {
    // A browser that keeps nothing measures anew next time.
  }
}
