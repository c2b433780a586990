/** A software Vulkan driver, for tests of code that needs a GPU. */

import { existsSync } from "node:fs";
import { dirname } from "node:path";
import type { TestContext } from "node:test";

/** Chromium's SwiftShader, Mesa's llvmpipe. */
const DRIVERS = [
  "/usr/lib/chromium/vk_swiftshader_icd.json",
  "/usr/lib/chromium-browser/vk_swiftshader_icd.json",
  "/opt/google/chrome/vk_swiftshader_icd.json",
  "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json",
  "/usr/share/vulkan/icd.d/lvp_icd.aarch64.json",
];

/** Environment in which a process finds only that driver, or the one that is named in it; undefined if there is none. */
export function softwareVulkan(): NodeJS.ProcessEnv | undefined {
  const driver = [process.env.VK_DRIVER_FILES ?? [], DRIVERS]
    .flat()
    .find((path) => existsSync(path));
  if (!driver) return undefined;
  // Chromium ships the loader next to the driver.
  const libraries = [dirname(driver), process.env.LD_LIBRARY_PATH].filter(Boolean).join(":");
  return { ...process.env, VK_DRIVER_FILES: driver, LD_LIBRARY_PATH: libraries };
}

/** Child processes that a test starts find that driver, or none. */
export function useVulkan(t: TestContext, env: NodeJS.ProcessEnv | undefined): void {
  const before = { ...process.env };
  const wanted: NodeJS.ProcessEnv = env ?? { VK_DRIVER_FILES: "/none.json" };
  const names = ["VK_DRIVER_FILES", "LD_LIBRARY_PATH"];
  const assign = (from: NodeJS.ProcessEnv) => {
    for (const name of names) {
      if (from[name] === undefined) delete process.env[name];
      else process.env[name] = from[name];
    }
  };
  assign(wanted);
  t.after(() => assign(before));
}
