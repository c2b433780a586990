/** The documents say what is there: links lead somewhere, commands and their options exist, and lines stay readable. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import type { Program } from "../node/options/program.ts";
import { flagOf, settingsOf } from "../node/options/setting.ts";
import { PROGRAM as PIPELINE } from "../pipeline/config/options.ts";
import { FORMAT_VERSION } from "../predictor/manifest.ts";
import { PROGRAM as SERVE } from "../serve/settings.ts";
import { startOf } from "./builtProgram.ts";

const DOCUMENTS = [
  ...["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "models/README.md"],
  "pipeline/export/README.md",
  ...["docs", "bench/notes"].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".md"))
      .map((name) => join(folder, name)),
  ),
];

/** Commands that a document means where it gives a flag by itself, as in `--resume`. */
const COMMANDS_OF: Readonly<Record<string, readonly string[]>> = {
  "README.md": ["pipeline", "predict"],
  "docs/experiments.md": ["pipeline"],
  "docs/model.md": ["pipeline", "pretrained"],
  "docs/own-data.md": ["describe", "pipeline"],
  "docs/many-machines.md": ["worker", "pipeline", "sweep", "predict", "predict:worker"],
  "docs/scale.md": ["predict"],
  "docs/hand-in.md": ["package"],
  "docs/sweep.md": ["sweep", "pipeline"],
  "docs/training.md": ["pipeline"],
  "docs/performance.md": ["pipeline", "setup:cuda", "setup:tensorflow", "bench:gpu:cuda"],
  "docs/serving.md": ["serve", "predict", "setup:cuda"],
  "docs/page.md": ["build:web", "web"],
  "docs/fidelity.md": ["serve"],
  "docs/tutorials/student.md": ["pipeline"],
  "docs/tutorials/operator.md": ["serve"],
  "docs/tutorials/tfjs-developer.md": ["convert"],
  "docs/converter.md": ["convert"],
  "pipeline/export/README.md": ["convert"],
};
/** Options of the inputs that a document's own data set has; those of tutorials are tried by their test. */
const OF_INPUTS: Readonly<Record<string, RegExp>> = {
  "docs/tutorials/own-data.md": /^--(text|channel)(-|$)/,
};
/** Flags of npm that stand by themselves. */
const OF_OTHERS: ReadonlySet<string> = new Set([
  "--include_ops_by_config",
  "--omit",
  "--save-prod",
  "--set",
]);

const MAX_LINE = 120;

interface Markdown {
  readonly path: string;
  /** Lines outside code blocks; those within are empty, so that numbers hold. */
  readonly lines: readonly string[];
  /** Lines of code blocks, continued ones joined, and the content of inline code. */
  readonly blocks: readonly string[];
  readonly inline: readonly string[];
}

function read(path: string): Markdown {
  const lines: string[] = [];
  const code: string[] = [];
  let fenced = false;
  for (const line of readFileSync(path, "utf8").split("\n")) {
    const fence = /^\s*```/.test(line);
    lines.push(fence || fenced ? "" : line);
    if (fenced && !fence) code.push(line);
    if (fence) fenced = !fenced;
  }
  const blocks = code
    .join("\n")
    .replace(/\\\n\s*/g, " ")
    .split("\n");
  const inline = [...lines.join("\n").matchAll(/`([^`]+)`/g)].map((match) => match[1]!);
  return { path, lines, blocks, inline };
}

const documents = DOCUMENTS.map(read);

/** GitHub's names of a document's headings: "The `x` of [y](z)" is the-x-of-y, a second one the-x-of-y-1. */
function anchorsOf({ lines }: Markdown): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const line of lines) {
    const heading = /^#{1,6} +(.*?) *#*$/.exec(line)?.[1];
    if (heading === undefined) continue;
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, "")
      .replaceAll(" ", "-");
    let anchor = slug;
    for (let n = 1; anchors.has(anchor); n++) anchor = `${slug}-${n}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** Targets of links and images, in Markdown and in HTML. */
function targetsOf({ lines }: Markdown): string[] {
  const text = lines.join("\n").replace(/`[^`]*`/g, "code");
  const patterns = [
    /\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g,
    /^ {0,3}\[[^\]]+\]:\s*(\S+)/gm,
    /\b(?:href|src)="([^"]+)"/g,
  ];
  return patterns.flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[1]!));
}

test("every relative link and image leads to a file, every anchor to a heading", () => {
  const relative = documents.flatMap((document) =>
    targetsOf(document)
      .filter((target) => !/^[a-z]+:/i.test(target))
      .map((target) => ({ document, target })),
  );
  assert.ok(relative.length > 20, `${relative.length} links found`);
  const broken = relative.flatMap(({ document, target }) => {
    const [file, anchor] = target.split("#") as [string, string | undefined];
    const path = file === "" ? document.path : normalize(join(dirname(document.path), file));
    const issue = `${document.path}: ${target}`;
    if (!existsSync(path)) return [`${issue}: there is no ${path}`];
    if (anchor === undefined) return [];
    return anchorsOf(read(path)).has(anchor) ? [] : [`${issue}: ${path} has no such heading`];
  });
  assert.deepEqual(broken, []);
});

const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as {
  scripts: Readonly<Record<string, string>>;
};

interface Call {
  readonly path: string;
  readonly command: string;
  readonly flags: readonly string[];
}

/** Calls of `npm run` in code, with what each is given. */
const calls: readonly Call[] = documents.flatMap(({ path, blocks, inline }) =>
  [...blocks, ...inline].flatMap((code) =>
    code
      .split(/ && | \| |;|(?:^|\s)#/)
      .map((part) => /\bnpm run ([\w:-]+)(.*)/s.exec(part))
      .flatMap((match) => (match ? [{ path, command: match[1]!, flags: flagsIn(match[2]!) }] : [])),
  ),
);

function flagsIn(code: string): string[] {
  return [...code.matchAll(/(?<![\w-])--[a-z][\w-]*/g)].map(([flag]) => flag);
}

test("every npm script that is named exists", () => {
  assert.ok(calls.length > 20, `${calls.length} commands found`);
  const unknown = calls.filter(({ command }) => !(command in scripts));
  assert.deepEqual(unknown, []);
});

/** Those whose options can be had without starting a process. */
const PROGRAMS: Readonly<Record<string, Program<typeof PIPELINE.schema | typeof SERVE.schema>>> = {
  pipeline: PIPELINE,
  serve: SERVE,
};
const helps = new Map<string, Promise<ReadonlySet<string>>>();

/** The flags that a command takes, the negations of its switches included. */
function flagsOf(command: string): Promise<ReadonlySet<string>> {
  const found = helps.get(command) ?? readFlags(command);
  helps.set(command, found);
  return found;
}

async function readFlags(command: string): Promise<ReadonlySet<string>> {
  const program = PROGRAMS[command];
  const listed = program
    ? ["--config", "--help", ...settingsOf(program.schema).map(({ path }) => flagOf(path))]
    : await helpFlags(command);
  // Help shows the form of a switch that changes the default; the other one is taken, too.
  const both = listed.map((flag) => flag.replace(/^--(no-)?/, (_, no) => (no ? "--" : "--no-")));
  return new Set([...listed, ...both]);
}

async function helpFlags(command: string): Promise<string[]> {
  const [, script] = /^exec node --import tsx (\S+\.ts)$/.exec(scripts[command]!) ?? [];
  const argv = [...startOf(script!), "--help"];
  const { stdout } = await promisify(execFile)(process.execPath, argv, { timeout: 60_000 });
  return [...stdout.matchAll(/^ +(?:-\w, )?(--[\w-]+)/gm)].map((match) => match[1]!);
}

test("every flag that is given to a command is one of its options", async () => {
  const alone = documents.flatMap(({ path, inline }) =>
    inline
      .filter((code) => code.startsWith("--"))
      .flatMap(flagsIn)
      .filter((flag) => !OF_OTHERS.has(flag))
      .map((flag) => ({ path, flag, commands: COMMANDS_OF[path] })),
  );
  const uses = [
    ...calls
      .filter(({ command }) => command in scripts)
      .flatMap(({ path, command, flags }) =>
        flags.map((flag) => ({ path, flag, commands: [command] })),
      ),
    ...alone.flatMap(({ commands, ...use }) => (commands ? [{ ...use, commands }] : [])),
  ];
  assert.ok(uses.length > 80, `${uses.length} flags found`);
  const commands = [...new Set(uses.flatMap((use) => use.commands))];
  const known = new Map(
    await Promise.all(commands.map(async (name) => [name, await flagsOf(name)] as const)),
  );
  const wrong = uses
    .filter(({ path, flag }) => !OF_INPUTS[path]?.test(flag))
    .filter((use) => !use.commands.some((name) => known.get(name)!.has(use.flag)))
    .map(({ path, flag, commands }) => `${path}: ${flag} is no option of ${commands.join(" or ")}`);
  assert.deepEqual(wrong, []);
});

test("the table of manifest versions ends with the one that is read", () => {
  const rows = documents.find(({ path }) => path === "docs/releases.md")!.lines.join("\n");
  const versions = [...rows.matchAll(/^\| (\d+) \|.*\| ([^|]+) \|$/gm)];
  assert.deepEqual(
    versions.map(([, version, by]) => [Number(version), by === "this version"]),
    Array.from({ length: FORMAT_VERSION }, (_, i) => [FORMAT_VERSION - i, i === 0]),
  );
});

test(`no line is longer than ${MAX_LINE} characters, outside tables and code blocks`, () => {
  const long = documents.flatMap(({ path, lines }) =>
    lines.flatMap((line, i) =>
      [...line].length > MAX_LINE && !/^\s*\|/.test(line)
        ? [`${path}:${i + 1}: ${[...line].length} characters`]
        : [],
    ),
  );
  assert.deepEqual(long, []);
});
