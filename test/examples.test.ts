/** The examples in the API's docstrings are type-checked, and those for Node print what they say. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { tsImport } from "tsx/esm/api";

/** Public functions by file, all of which have an example. */
const FUNCTIONS: Readonly<Record<string, readonly string[]>> = {
  "pipeline/export/convert.ts": ["convert"],
  "pipeline/export/modelJson.ts": ["readModelJson"],
  "predictor/predictor.ts": ["createPredictor"],
  "node/bundle.ts": ["openBundle"],
  "node/session.ts": ["openSession"],
  "web/embed/index.ts": ["openPredictor"],
};
/** Sources of the packages, which need no build. */
const PACKAGES: Readonly<Record<string, string>> = {
  "tfjs-to-onnx": "pipeline/export/index.ts",
  "marquee-predict": "web/embed/index.ts",
};

interface Example {
  readonly name: string;
  readonly path: string;
  readonly code: string;
  /** Lines; none where the example is for a browser: test/browser/embed.test.ts tries that function. */
  readonly printed: readonly string[];
}

let folder: string;
const examples: Example[] = [];

before(async () => {
  await mkdir(".cache", { recursive: true });
  folder = await mkdtemp(resolve(".cache/examples-"));
  for (const [file, names] of Object.entries(FUNCTIONS)) {
    const source = await readFile(file, "utf8");
    for (const name of names) examples.push(await writeExample(name, source));
  }
});
after(() => rm(folder, { recursive: true, force: true }));

async function writeExample(name: string, source: string): Promise<Example> {
  const end = source.search(new RegExp(`^export (async )?function ${name}\\b`, "m"));
  const docs = source.slice(source.lastIndexOf("/**", end), end);
  const code = /@example\n(.*?)(?=\n \*\n \* @|\n \*\/)/s
    .exec(docs)?.[1]
    ?.replace(/^ \* ?/gm, "")
    .replace(/ from "([^"]+)"/g, (_, from: string) => ` from "${sourceOf(from)}"`);
  assert.ok(code, `${name} has no example`);
  const path = join(folder, `${name}.ts`);
  await writeFile(path, `${code}\nexport {};\n`);
  return { name, path, code, printed: [...code.matchAll(/\/\/ prints (.*)$/gm)].map((m) => m[1]!) };
}

/** What an import means in the repository's root. */
function sourceOf(specifier: string): string {
  const path = PACKAGES[specifier] ?? (specifier.startsWith("./") ? specifier : undefined);
  return path === undefined ? specifier : resolve(path);
}

test("every example is right in its types", async () => {
  const config = {
    extends: resolve("tsconfig.base.json"),
    compilerOptions: {
      lib: ["ES2023", "DOM", "DOM.Iterable"],
      types: ["node", "vite/client"],
    },
    include: ["*.ts"],
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
  const argv = ["node_modules/typescript/bin/tsc", "-p", folder];
  const issues = await promisify(execFile)(process.execPath, argv).then(
    () => "",
    ({ stdout }) => String(stdout),
  );
  assert.equal(issues, "");
});

test("every example for Node prints what it says", async (t) => {
  const printed: string[] = [];
  t.mock.method(console, "log", (...values: unknown[]) => printed.push(values.join(" ")));
  const forNode = examples.filter((example) => example.printed.length > 0);
  assert.equal(forNode.length, 5);
  for (const example of forNode) {
    printed.length = 0;
    await tsImport(pathToFileURL(example.path).href, import.meta.url);
    assert.deepEqual(printed, example.printed, example.name);
  }
});
