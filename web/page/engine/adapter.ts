/** Whether this browser has a graphics processor that may compute for pages, and which. */

/** What is used of WebGPU, which not every browser has and TypeScript's library does not know. */
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

export type Adapter =
  | {
      readonly found: true;
      /** Names the adapter, so that a choice made for it holds for no other. */
      readonly name: string;
      /** Whether it computes in half precision. */
      readonly half: boolean;
      /** A processor's imitation of one. */
      readonly software: boolean;
    }
  | { readonly found: false; readonly reason: string };

export async function findAdapter(): Promise<Adapter> {
  const { gpu } = navigator as { gpu?: Gpu };
  if (!gpu) {
    return {
      found: false,
      reason: window.isSecureContext
        ? "this browser does not have it"
        : "browsers offer it to secure pages (https) only",
    };
  }
  try {
    const adapter = await gpu.requestAdapter();
    if (!adapter) return { found: false, reason: "no graphics adapter is there" };
    const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info ?? {};
    const name = [vendor, architecture, device, description].filter(Boolean).join(" ");
    return {
      found: true,
      name: name || "unnamed adapter",
      half: adapter.features.has("shader-f16"),
      software: isFallbackAdapter ?? /swiftshader|llvmpipe/i.test(name),
    };
  } catch (error) {
    return { found: false, reason: `it cannot be asked (${(error as Error).message})` };
  }
}
