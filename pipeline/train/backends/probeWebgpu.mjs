/**
 * Asks Dawn for its GPU and prints what it is, as JSON; `null` where there is none. Run by webgpu.ts in a process of its own: a
 * driver that crashes ends this one, and what native libraries print is kept apart.
 */
import { create, globals } from "webgpu";

Object.assign(globalThis, globals);
const adapter = await create([]).requestAdapter({ powerPreference: "high-performance" });
const { vendor, architecture, description, isFallbackAdapter } = adapter?.info ?? {};
const found = adapter && { vendor, architecture, description, isFallbackAdapter };
process.stdout.write(`${JSON.stringify(found)}\n`);
