/** A bundle's provenance: versions, commit, and the command that repeats the run. */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { findNative } from "../../node/native.ts";
import { packageVersion } from "../../node/packageVersion.ts";
import { quoteArgument } from "../../node/shell.ts";
import { publishedText } from "../config/compare.ts";

/** Packages whose version can affect training or results; not all of them are installed everywhere. */
const PACKAGES = [
  "@tensorflow/tfjs-core",
  "@tensorflow/tfjs-layers",
  "@tensorflow/tfjs-backend-wasm",
  "@tensorflow/tfjs-backend-cpu",
  "@tensorflow/tfjs-backend-webgpu",
  "@tensorflow/tfjs-node",
  "@tensorflow/tfjs-node-gpu",
  "webgpu",
  "onnxruntime-node",
  "sharp",
];

/** Versions by name: this program, Node, the packages above that are installed, and TensorFlow where it is set up. */
export function readVersions(): Record<string, string> {
  const own = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  const versions: Record<string, string> = { marquee: own.version, node: process.versions.node };
  for (const name of PACKAGES) {
    const version = packageVersion(name);
    if (version !== undefined) versions[name] = version;
  }
  return {
    ...versions,
    ...findNative("tensorflow")?.versions,
    ...findNative("tensorflow-gpu")?.versions,
  };
}

/** Commit of the checkout, with "+changes" if it has uncommitted changes; undefined outside a checkout. */
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

/** The command line that repeats a run, as it may be published; see `published`. */
export function publishedCommand(argv: readonly string[]): string {
  return commandLine(
    argv.map((argument) => {
      const [, flag = "", value = argument] = /^(--[^=]+=)(.*)$/s.exec(argument) ?? [];
      return `${flag}${publishedText(value)}`;
    }),
  );
}

/** The command line that repeats a run. */
export function commandLine(argv: readonly string[]): string {
  const quoted = argv.map(quoteArgument);
  return ["npm run pipeline", ...(quoted.length > 0 ? ["--", ...quoted] : [])].join(" ");
}
