/** A folder in which the commands of a clone work, without its sources: what a tutorial writes stays out of the clone. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { startOf } from "../builtProgram.ts";
import type { Step } from "./tutorial.ts";

/** The workspace of npm whose build tutorials run. */
const PACKAGE = { name: "tfjs-to-onnx", folder: "pipeline/export" };
const TSX = resolve("node_modules/tsx/dist/loader.mjs");
/** Character between the outputs of blocks. */
const MARK = "\x1e";

export interface Workspace {
  /**
   * Runs the steps in one shell, as a reader does.
   * @returns What each block of commands printed, on both streams, and its exit code; nothing after one that fails
   *   although the tutorial shows no error.
   */
  run(steps: readonly Step[]): Promise<readonly BlockResult[]>;
  remove(): Promise<void>;
}

export interface BlockResult {
  readonly step: Step;
  readonly output: string;
  /** Undefined where the shell ended in the block, or before. */
  readonly code?: number;
}

export async function createTutorialFolder(): Promise<Workspace> {
  const root = await mkdtemp(join(tmpdir(), "marquee-tutorial-"));
  await writeFile(join(root, "package.json"), await packageJson());
  await mkdir(join(root, "models"));
  await symlink(resolve("models/ml1m"), join(root, "models/ml1m"));
  await cp(PACKAGE.folder, join(root, PACKAGE.folder), {
    recursive: true,
    filter: (path) => !/\/dist$|\/node_modules$/.test(path),
  });
  // The package's build reads them.
  for (const file of ["LICENSE", "tsconfig.base.json"]) await cp(file, join(root, file));
  await mkdir(join(root, "node_modules"));
  for (const name of await readdir("node_modules")) {
    const target =
      name === PACKAGE.name ? join(root, PACKAGE.folder) : resolve("node_modules", name);
    await symlink(target, join(root, "node_modules", name));
  }
  return {
    run: (steps) => runSteps(root, steps),
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

/** The clone's scripts, those of the built program in place of its sources. */
async function packageJson(): Promise<string> {
  const { scripts } = JSON.parse(await readFile("package.json", "utf8")) as {
    scripts: Record<string, string>;
  };
  const built = Object.entries(scripts).map(([name, command]) => {
    const script = /^exec node --import tsx (\S+\.ts)$/.exec(command)?.[1];
    if (script === undefined) return [name, command];
    const argv = startOf(script).map((part) => (part === script ? resolve(script) : part));
    return [name, ["exec node", ...argv].join(" ").replace("--import tsx", `--import ${TSX}`)];
  });
  const parts = { type: "module", private: true, workspaces: [PACKAGE.folder] };
  return JSON.stringify({ name: "tutorial", ...parts, scripts: Object.fromEntries(built) });
}

/** Whether the tutorial shows that the commands fail. */
export const fails = ({ shown }: Step) => shown?.startsWith("error:") ?? false;

async function runSteps(root: string, steps: readonly Step[]): Promise<readonly BlockResult[]> {
  for (const [i, { saveAs, code }] of steps.entries()) {
    if (saveAs !== undefined) await writeFile(join(root, `.step-${i}`), `${code}\n`);
  }
  const script = steps.map((step, i) => {
    const { saveAs } = step;
    if (saveAs !== undefined) return `mkdir -p "$(dirname '${saveAs}')"; cp .step-${i} '${saveAs}'`;
    // A command that fails ends the shell, unless the tutorial shows its error.
    const flag = fails(step) ? "+" : "-";
    return `set ${flag}e\n${step.code}\nCODE=$?; set -e; printf '${MARK}%s${MARK}' "$CODE"`;
  });
  const end = `trap 'kill $(jobs -p) 2>/dev/null || true' EXIT`;
  const shell = spawn("bash", ["-c", ["exec 2>&1", "set -e", end, ...script].join("\n")], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, npm_config_update_notifier: "false", npm_config_loglevel: "error" },
  });
  let text = "";
  shell.stdout.on("data", (data) => {
    text += data;
  });
  await once(shell, "close");
  const parts = text.split(MARK);
  const commands = steps.filter(({ saveAs }) => saveAs === undefined);
  return commands.map((step, i) => {
    const code = parts[2 * i + 1];
    return { step, output: parts[2 * i] ?? "", ...(code && { code: Number(code) }) };
  });
}
