/** Where a bundle comes from: versions, commit, and the command that repeats it. */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** Packages whose version can change what is trained or computed. */
const PACKAGES = [
  "@tensorflow/tfjs-core",
  "@tensorflow/tfjs-layers",
  "@tensorflow/tfjs-backend-wasm",
  "onnxruntime-node",
  "sharp",
];

/** Name -> version of this program, Node, and the packages that count. */
export function readVersions(): Record<string, string> {
  const require = createRequire(import.meta.url);
  const own = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  const versions: Record<string, string> = { marquee: own.version, node: process.versions.node };
  for (const name of PACKAGES) versions[name] = packageVersion(require, name);
  return versions;
}

function packageVersion(require: NodeJS.Require, name: string): string {
  // Some packages hide their package.json behind "exports"; it is above their entry point.
  for (let folder = require.resolve(name); folder.includes(name); ) {
    folder = folder.slice(0, Math.max(folder.lastIndexOf("/"), folder.lastIndexOf("\\")));
    try {
      const found = JSON.parse(readFileSync(`${folder}/package.json`, "utf8")) as {
        name?: string;
        version?: string;
      };
      if (found.name === name && found.version) return found.version;
    } catch {
      // No package.json here: one folder up.
    }
  }
  return "unknown";
}

/** Commit of the checkout, with "+changes" where it was edited; undefined outside a checkout. */
export function readGitCommit(): string | undefined {
  const git = (...args: string[]) =>
    execFileSync("git", args, {
      cwd: new URL("../..", import.meta.url),
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  try {
    return git("rev-parse", "HEAD") + (git("status", "--porcelain") === "" ? "" : "+changes");
  } catch {
    return undefined;
  }
}

/** The command line that repeats a run. */
export function commandLine(argv: readonly string[]): string {
  const quoted = argv.map((arg) => (/^[\w./:=,+-]+$/.test(arg) ? arg : JSON.stringify(arg)));
  return ["npm run pipeline", ...(quoted.length > 0 ? ["--", ...quoted] : [])].join(" ");
}
