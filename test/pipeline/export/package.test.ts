/** The converter as its users have it: packed, installed into an empty project without network, and used there. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import type { Browser } from "playwright-core";
import { type ConvertOptions, convert } from "../../../pipeline/export/convert.ts";
import { readModelJson } from "../../../pipeline/export/modelJson.ts";
import { launchForTests } from "../../browser/harness/chromium.ts";
import { serveFolder } from "../../browser/harness/serve.ts";

const NAME = "tfjs-to-onnx";
const PACKAGE = "pipeline/export";
const BIN = resolve("node_modules/.bin");
/** Packages that --verify asks for. */
const PEERS = [
  ...["@tensorflow/tfjs-core", "@tensorflow/tfjs-layers", "@tensorflow/tfjs-backend-cpu"],
  "onnxruntime-node",
];

const WEIGHTS = Float32Array.of(0.5, -0.25, 1, 0.125, -1, 2, 0, 0.5, -0.5);
const MODEL = {
  format: "layers-model",
  modelTopology: {
    class_name: "Sequential",
    config: [
      {
        class_name: "Dense",
        config: {
          name: "labels",
          units: 3,
          activation: "softmax",
          batch_input_shape: [null, 2],
        },
      },
    ],
  },
  weightsManifest: [
    {
      paths: ["weights.bin"],
      weights: [
        { name: "labels/kernel", shape: [2, 3], dtype: "float32" },
        { name: "labels/bias", shape: [3], dtype: "float32" },
      ],
    },
  ],
};

let root: string;
/** The packed file, and the project that it is installed into. */
let packed: string;
let project: string;
let browser: Promise<Browser> | undefined;

before(async () => {
  root = await mkdtemp(join(tmpdir(), "marquee-package-"));
  project = join(root, "project");
  packed = await pack();
  await mkdir(project);
  await writeFile(join(project, "package.json"), '{ "private": true, "type": "module" }');
  await run("npm", ["install", "--offline", "--no-audit", "--no-fund", packed]);
  await writeFile(join(project, "model.json"), JSON.stringify(MODEL));
  await writeFile(join(project, "weights.bin"), new Uint8Array(WEIGHTS.buffer));
});
after(async () => {
  await (await browser)?.close();
  await rm(root, { recursive: true, force: true });
});

/**
 * As in a fresh clone. Built before it is packed, for `npm test` hands the repository's `ignore-scripts` on to `npm pack`.
 * The checkout stays as it is, for other tests read it at the same time.
 */
async function pack(): Promise<string> {
  const clone = join(root, "clone");
  await cp(PACKAGE, join(clone, PACKAGE), {
    recursive: true,
    filter: (path) => path !== join(PACKAGE, "dist") && path !== join(PACKAGE, "LICENSE"),
  });
  for (const file of ["LICENSE", "tsconfig.base.json"]) await cp(file, join(clone, file));
  await symlink(resolve("node_modules"), join(clone, "node_modules"));
  await run("npm", ["run", "build"], join(clone, PACKAGE));
  const { stdout } = await run("npm", ["pack", "--silent"], join(clone, PACKAGE));
  return join(clone, PACKAGE, stdout.trim());
}

interface Output {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Throws where the command fails. */
async function run(file: string, args: readonly string[], cwd = project): Promise<Output> {
  const output = await attempt(file, args, cwd);
  assert.equal(output.status, 0, `${file} ${args.join(" ")}\n${output.stdout}${output.stderr}`);
  return output;
}

async function attempt(file: string, args: readonly string[], cwd = project): Promise<Output> {
  try {
    return { status: 0, ...(await promisify(execFile)(file, args, { cwd })) };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { status: code, stdout, stderr };
  }
}

const command = (...args: string[]) => attempt(join("node_modules/.bin", NAME), args);

/** What the sources make of the model. */
async function expected(options: ConvertOptions = {}): Promise<Uint8Array> {
  const load = async () => new Uint8Array(WEIGHTS.buffer);
  return convert(await readModelJson(structuredClone(MODEL), load), options).onnx;
}

async function written(name: string): Promise<Uint8Array> {
  return new Uint8Array(await readFile(join(project, name)));
}

test("it brings no other package, and names what its files contain of others", async () => {
  const installed = await readdir(join(project, "node_modules"));
  assert.deepEqual(
    installed.filter((name) => !name.startsWith(".")),
    [NAME],
  );
  const folder = join(project, "node_modules", NAME);
  assert.deepEqual((await readdir(folder)).sort(), [
    ...["LICENSE", "README.md", "THIRD-PARTY.txt", "dist", "package.json"],
  ]);
  const files = (await readdir(join(folder, "dist"), { recursive: true })).filter((name) =>
    name.endsWith(".js"),
  );
  const text = (
    await Promise.all(files.map((name) => readFile(join(folder, "dist", name), "utf8")))
  ).join("\n");
  // esbuild names the file that each part comes from
  const parts = text.matchAll(/^\/\/ .*node_modules\/((?:@[^/]+\/)?[^/]+)\//gm);
  const contained = [...new Set([...parts].map(([, name]) => name!))];
  assert.deepEqual(contained, ["@bufbuild/protobuf"]);
  const notice = await readFile(join(folder, "THIRD-PARTY.txt"), "utf8");
  for (const name of contained) assert.ok(notice.includes(name), name);
});

test("the command, by npx and by itself, writes the bytes of convert()", async () => {
  await run("npx", ["--no", NAME, "model.json", "npx.onnx"]);
  assert.deepEqual(await written("npx.onnx"), await expected());
  const { status, stdout, stderr } = await command("model.json", "half.onnx", "--dtype", "fp16");
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^half\.onnx: fp16, /);
  assert.match(stdout, /error against fp32: not measured, for onnxruntime-node is not installed\n/);
  assert.deepEqual(await written("half.onnx"), await expected({ dtype: "fp16" }));
  const { version } = JSON.parse(await readFile(join(PACKAGE, "package.json"), "utf8"));
  assert.equal((await command("--version")).stdout, `${version}\n`);
});

test("--verify says what to install, and compares where it is installed", async (t) => {
  const lacking = await command("model.json", "compared.onnx", "--verify");
  assert.equal(lacking.status, 2);
  assert.equal(
    lacking.stderr,
    `error: --verify needs packages that are not installed; install them beside ${NAME}:\n  npm install ${NAME} ${PEERS.join(" ")}\n`,
  );
  assert.ok(!(await readdir(project)).includes("compared.onnx"));

  const node = [
    { name: "x", op: "Placeholder", attr: { dtype: { type: "DT_FLOAT" }, shape: { shape: {} } } },
    { name: "y", op: "Relu", input: ["x"] },
  ];
  const graph = { format: "graph-model", modelTopology: { node }, weightsManifest: [] };
  await writeFile(join(project, "graph.json"), JSON.stringify(graph));
  const other = await command("graph.json", "compared.onnx", "--verify");
  assert.match(other.stderr, / @tensorflow\/tfjs-converter /);
  assert.doesNotMatch(other.stderr, /tfjs-layers/);
  assert.equal((await command("graph.json", "graph.onnx")).status, 0);

  t.after(async () => {
    for (const name of PEERS) await rm(join(project, "node_modules", name));
  });
  for (const name of PEERS) {
    await mkdir(dirname(join(project, "node_modules", name)), { recursive: true });
    await symlink(resolve("node_modules", name), join(project, "node_modules", name));
  }
  const compared = await command("model.json", "compared.onnx", "--verify", "--dtype", "fp16");
  assert.equal(compared.status, 0, compared.stderr);
  assert.match(compared.stdout, /labels\s+\[1, 3\].* ok\n/);
  assert.match(compared.stdout, /error against fp32: \d/);
});

const USE = `
import { convert, readModelJson } from "${NAME}";
import { readFile, writeFile } from "node:fs/promises";
const json = JSON.parse(await readFile("model.json", "utf8"));
const { onnx } = convert(await readModelJson(json, (path) => readFile(path)), { dtype: "q8" });
await writeFile("imported.onnx", onnx);
`;

test("imported in Node it gives the same bytes", async () => {
  await writeFile(join(project, "use.js"), USE);
  await run(process.execPath, ["use.js"]);
  assert.deepEqual(await written("imported.onnx"), await expected({ dtype: "q8" }));
});

const PAGE = `<!doctype html><title>Test</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self'; connect-src 'self'">
<script type="module" src="page.js"></script>`;
const PAGE_SCRIPT = `
import { convert, readModelJson } from "./node_modules/${NAME}/dist/index.js";
let evaluates = true;
try { new Function(""); } catch { evaluates = false; }
const load = async (path) => new Uint8Array(await (await fetch(path)).arrayBuffer());
const json = await (await fetch("model.json")).json();
const { onnx } = convert(await readModelJson(json, load));
console.log(JSON.stringify({ evaluates, onnx: [...onnx] }));
`;

test("imported as it is in Chromium, where eval is forbidden, it gives the same bytes", async () => {
  await writeFile(join(project, "index.html"), PAGE);
  await writeFile(join(project, "page.js"), PAGE_SCRIPT);
  const server = await serveFolder(project);
  try {
    browser = launchForTests();
    const page = await (await browser).newPage();
    page.on("pageerror", (error) => assert.fail(error));
    const printed = page.waitForEvent("console", (message) => message.text().startsWith("{"));
    await page.goto(server.url);
    const { evaluates, onnx } = JSON.parse((await printed).text());
    assert.equal(evaluates, false);
    assert.deepEqual(Uint8Array.from(onnx), await expected());
  } finally {
    await server.close();
  }
});

const TYPED = `
import {
  type Conversion, type ConversionIssue, type ConvertOptions, convert, ConvertError, type GraphTensor,
  type ModelArtifacts, readModelJson,
} from "${NAME}";
const options: ConvertOptions = { dtype: "q8", inputs: { x: { dtype: "uint8", shape: ["n", 2] } } };
export async function use(json: unknown, bytes: Uint8Array): Promise<Uint8Array> {
  const conversion: Conversion = convert(await readModelJson(json, async () => bytes), options);
  const shapes: GraphTensor["shape"][] = conversion.outputs.map(({ shape }) => shape);
  // @ts-expect-error a shape is no text
  const text: string = shapes[0];
  // @ts-expect-error there is no such precision
  convert({ modelTopology: {}, weightSpecs: [], weightData: bytes }, { dtype: "fp8" });
  return text ? bytes : conversion.onnx;
}
export const fromMemory = (artifacts: ModelArtifacts): Uint8Array => convert(artifacts).onnx;
export function issues(error: unknown): readonly ConversionIssue[] {
  return error instanceof ConvertError ? error.issues : [];
}
`;

test("its types hold for bundlers and for Node, libraries checked too", async () => {
  await writeFile(join(project, "typed.ts"), TYPED);
  for (const module of [
    ["esnext", "bundler"],
    ["nodenext", "nodenext"],
  ] as const) {
    const compilerOptions = {
      ...{ module: module[0], moduleResolution: module[1], target: "es2022", lib: ["es2022"] },
      ...{ strict: true, noEmit: true, skipLibCheck: false, types: [] },
    };
    await writeFile(
      join(project, "tsconfig.json"),
      JSON.stringify({ compilerOptions, files: ["typed.ts"] }),
    );
    await run(join(BIN, "tsc"), ["-p", "."]);
  }
});

test("publint and attw find nothing", async () => {
  const [publint, attw] = await Promise.all([
    attempt(join(BIN, "publint"), [packed, "--strict"]),
    attempt(join(BIN, "attw"), [packed, "--profile", "esm-only", "--no-color"]),
  ]);
  assert.match(publint.stdout, /All good!/);
  assert.equal(publint.status, 0, publint.stdout + publint.stderr);
  assert.equal(attw.status, 0, attw.stdout + attw.stderr);
});
