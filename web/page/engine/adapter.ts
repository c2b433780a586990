/** Whether this browser has a GPU that pages may compute with, and which. */

import { strings } from "../../strings/strings.ts";
import type { Adapter } from "./state.ts";

/** The part of WebGPU that is used here; not every browser has it, and TypeScript's library does not know it. */
interface Gpu {
  requestAdapter(): Promise<{
    readonly info?: {
      readonly vendor: string;
      readonly architecture: string;
      readonly device: string;
      readonly description: string;
      readonly isFallbackAdapter?: boolean;
    };
    readonly features: { has(name: string): boolean };
  } | null>;
}

/** Milliseconds; a driver that has not answered by then does not answer. */
const LIMIT = 10_000;

export async function findAdapter(): Promise<Adapter> {
  const { gpu } = navigator as { gpu?: Gpu };
  if (!gpu) {
    return {
      found: false,
      reason: window.isSecureContext ? strings.engine.notSupported : strings.engine.needsHttps,
    };
  }
  try {
    const adapter = await Promise.race([gpu.requestAdapter(), silence()]);
    if (adapter === "silent") return { found: false, reason: strings.engine.noAnswer };
    if (!adapter) return { found: false, reason: strings.engine.noAdapter };
    const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info ?? {};
    const name = [vendor, architecture, device, description].filter(Boolean).join(" ");
    return {
      found: true,
      // The language may change between visits: what it is called is not part of it.
      name,
      half: adapter.features.has("shader-f16"),
      software: isFallbackAdapter ?? /swiftshader|llvmpipe/i.test(name),
    };
  } catch (error) {
    return { found: false, reason: strings.engine.refused((error as Error).message) };
  }
}

const silence = () =>
  new Promise<"silent">((resolve) => {
    setTimeout(resolve, LIMIT, "silent");
  });
