/** `npm run build`: the program as JavaScript in a folder that needs production dependencies only. */

import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type BuildOptions, build, type Plugin } from "esbuild";
import * as z from "zod";
import { runCommand } from "../node/command.ts";

/** What runs in production; the page has a build of its own. */
const FOLDERS = ["predictor", "node", "pipeline", "serve"];
/** Copied as they are; the package.json is the converter's, which has its version. */
const PLAIN = /\.mjs$|\.wasm$|\/package\.json$/;
/** Not the declarations that the converter's own build writes. */
const SOURCE = /(?<!\.d)\.ts$/;
const LEGAL = ["LICENSE", "NOTICE"];
/** Files of the Swagger UI package that the page at /docs loads. */
const SWAGGER_FILES = [
  ...["index.html", "index.css", "swagger-ui.css", "favicon-16x16.png", "favicon-32x32.png"],
  ...["swagger-ui-bundle.js", "swagger-ui-standalone-preset.js"],
];

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
const APART = {
  outbase: ".",
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20.19",
  plugins: [apart],
  logLevel: "warning",
} as const satisfies BuildOptions;

const program = {
  name: "npm run build --",
  description: "Compiles the program to JavaScript that Node runs without development packages.",
  schema: z.strictObject({
    out: z.string().min(1).default("dist").describe("folder that the build replaces"),
  }),
};

/** Whether the folder is one that this command may replace. */
async function isBuild(folder: string): Promise<boolean> {
  const text = await readFile(join(folder, "package.json"), "utf8").catch(() => "{}");
  return (JSON.parse(text) as { built?: boolean }).built === true;
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** The project's own without development, its scripts on the built files: `npm run serve` works in the folder, too. */
async function packageJson(files: readonly string[]): Promise<string> {
  const {
    devDependencies: _,
    workspaces: __,
    scripts,
    ...own
  } = JSON.parse(await readFile("package.json", "utf8")) as {
    readonly scripts: Record<string, string>;
    readonly devDependencies: unknown;
    readonly workspaces: unknown;
  };
  const built = Object.entries(scripts).flatMap(([name, script]) => {
    const [, file] = /^exec node --import tsx (\S+\.ts)$/.exec(script) ?? [];
    return file !== undefined && files.includes(file)
      ? [[name, `exec node ${file.replace(/\.ts$/, ".js")}`] as const]
      : [];
  });
  return `${JSON.stringify({ ...own, built: true, scripts: Object.fromEntries(built) }, undefined, 2)}\n`;
}

await runCommand(program, async ({ out }) => {
  if (existsSync(out) && !(await isBuild(out))) {
    throw new Error(`${out} exists and is not an earlier build; remove it, or name another --out`);
  }
  await rm(out, { recursive: true, force: true });
  // A checkout without training, as in the image's build, has fewer.
  const folders = FOLDERS.filter((folder) => existsSync(folder));
  const files = (await Promise.all(folders.map(filesIn))).flat();
  await build({
    entryPoints: files.filter((file) => SOURCE.test(file)),
    outdir: out,
    ...APART,
  });
  for (const file of files.filter((file) => PLAIN.test(file))) {
    await mkdir(dirname(join(out, file)), { recursive: true });
    await cp(file, join(out, file));
  }
  for (const file of SWAGGER_FILES) {
    const source = join("node_modules/@fastify/swagger-ui/static", file);
    await cp(source, join(out, "serve/http/swagger-ui", file));
  }
  for (const file of LEGAL) await cp(file, join(out, file));
  await writeFile(join(out, "package.json"), await packageJson(files));
  return undefined;
});
