/** For esbuild: files stay apart, as Node loads them. */

import type { BuildOptions, Plugin } from "esbuild";

/** Leaves every import where it is, and names the files that are built. Wants `bundle`, or it sees no import. */
const apart: Plugin = {
  name: "apart",
  setup({ onResolve }) {
    onResolve({ filter: /./ }, ({ path, kind }) =>
      kind === "entry-point"
        ? undefined
        : { path: path.replace(/^(\..*)\.ts$/, "$1.js"), external: true },
    );
  },
};

/** How the program is built, one JavaScript file for each of TypeScript. */
export const APART = {
  outbase: ".",
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20.19",
  plugins: [apart],
  logLevel: "warning",
} as const satisfies BuildOptions;
