/**
 * Trusted Types: where a page's policy requires them, browsers run scripts only from addresses that a named policy has passed.
 * This program has two, `marquee` and `default`; both pass addresses of the page's own origin, and nothing else.
 */

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): { createScriptURL(url: string): unknown };
}

/** Not every browser has them, and TypeScript's library does not know them. */
const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };

const rules = {
  createScriptURL(url: string): string {
    const { origin, href } = new URL(url, self.location.href);
    if (origin === self.location.origin) return href;
    throw new TypeError(`${origin} is not where this page comes from`);
  },
};

const policy = trustedTypes?.createPolicy("marquee", rules);

/** @returns The address of one of this program's scripts, as workers and service workers take it. */
export function trustedScript(url: string): string {
  // Browsers take it where they take a text.
  return policy ? (policy.createScriptURL(url) as string) : url;
}

/** For addresses that a library uses: ONNX Runtime starts its threads from one. To be called once. */
export function trustLibraries(): void {
  trustedTypes?.createPolicy("default", rules);
}
