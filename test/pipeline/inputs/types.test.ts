/** Only the tables and the types' folders know the types of inputs; a new type needs nothing else. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { text as textOfStream } from "node:stream/consumers";
import { test } from "node:test";
import { glob } from "tinyglobby";
import { INPUT_SCHEMAS } from "../../../pipeline/inputs/data.ts";
import { folder } from "../dataset/folder.ts";
import { lines, TABLE_ROWS, TOY_FILES } from "./toyType.ts";

/** Files that may name types, and why. */
const MAY_NAME: readonly (readonly [files: RegExp, why: string])[] = [
  [/^pipeline\/inputs\//, "the tables, and the types' own folders"],
  [/^pipeline\/dataset\/inputs\.ts$/, "the movies' own inputs, and what evaluation asks of them"],
  [/^pipeline\/dataset\/(layouts|sample)\//, "descriptions of known folders"],
  [/^pipeline\/dataset\/describe\//, "guesses, whose rules weigh the types against each other"],
  [/^pipeline\/train\/leftOut\.ts$/, "sentences about the movies' inputs"],
  [/^pipeline\/(export|train\/tfjs)\//, "know nothing of inputs"],
  [/^pipeline\/logging\/event/, "TensorBoard's own words"],
];

/** Types whose names are also those of JavaScript, or of targets: as the type of an input alone. */
const AMBIGUOUS = new Set(["number"]);

function namesIn(source: string, type: string): boolean {
  const code = source.replaceAll(/^\s*(\/\/|\*|\/\*\*).*$/gm, "");
  if (!AMBIGUOUS.has(type)) return code.includes(`"${type}"`);
  return new RegExp(`input\\w*\\.type [!=]== "${type}"|main\\.type [!=]== "${type}"`).test(code);
}

test("no other file of the pipeline names a type", async () => {
  const files = await glob("pipeline/**/*.ts");
  const found: string[] = [];
  for (const file of files) {
    if (MAY_NAME.some(([allowed]) => allowed.test(file))) continue;
    const source = await readFile(file, "utf8");
    for (const type of Object.keys(INPUT_SCHEMAS)) {
      if (namesIn(source, type)) found.push(`${file} names "${type}"`);
    }
  }
  assert.ok(files.length > 150, `${files.length} files`);
  assert.deepEqual(found, []);
});

test("a toy type is trained and published after a file in predictor/, a folder, and a line in each table", async (t) => {
  const root = await folder(t, {
    "data/items.jsonl": lines(),
    "data/dataset.json": JSON.stringify({
      name: "toys",
      items: "items.jsonl",
      inputs: { lamp: { type: "toy" }, price: { type: "number" } },
      target: { type: "labels", column: "kind" },
      split: { test: 0.25 },
    }),
  });
  for (const name of ["pipeline", "predictor", "node", "package.json", "tsconfig.base.json"]) {
    await cp(name, join(root, name), { recursive: true });
  }
  await symlink(join(process.cwd(), "node_modules"), join(root, "node_modules"));
  for (const [file, content] of Object.entries(TOY_FILES)) {
    assert.match(file, /^(predictor\/inputs\/toy\.ts|pipeline\/inputs\/toy\/\w+\.ts)$/);
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), content);
  }
  for (const [file, rows] of Object.entries(TABLE_ROWS)) {
    assert.match(file, /^(predictor\/inputs\/types|pipeline\/inputs\/\w+)\.ts$/);
    let source = await readFile(join(root, file), "utf8");
    for (const [before, after] of rows) {
      assert.ok(source.includes(before), `${file} has no ${before}`);
      source = source.replace(before, after);
    }
    await writeFile(join(root, file), source);
  }
  const options = ["--data", "data", "--out", "out", "--no-log", "--backend", "cpu"];
  const child = spawn(
    process.execPath,
    [
      "--import",
      "tsx",
      "pipeline/main.ts",
      ...options,
      "--table-epochs",
      "2",
      "--table-linear",
      "0.5",
    ],
    { cwd: root, stdio: ["ignore", "ignore", "pipe"] },
  );
  const [stderr, code] = await Promise.all([
    textOfStream(child.stderr),
    new Promise((resolve) => child.on("exit", resolve)),
  ]);
  assert.equal(code, 0, stderr);
  const manifest = JSON.parse(await readFile(join(root, "out/manifest.json"), "utf8"));
  assert.deepEqual(manifest.inputs.lamp, { type: "toy", group: "table", known: 1 });
  const names = manifest.graph.inputs.map(({ name }: { name: string }) => name);
  assert.ok(names.includes("lamp"), names.join());
  const report = await readFile(join(root, "out/report.html"), "utf8");
  assert.match(report, /Items with a lamp/);
});
