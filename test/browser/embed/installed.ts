/** The package as its users install it: types, what it brings, and what a bundler makes of it. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { build } from "vite";
import { serveFolder } from "../harness/serve.ts";
import { assertSameAnswer } from "../page/openPage.ts";
import { MOVIE, type Sites } from "./sites.ts";

const BIN = resolve("node_modules/.bin");

/** Throws with what the command printed where it fails. */
async function run(file: string, args: readonly string[], cwd: string): Promise<string> {
  try {
    return (await promisify(execFile)(join(BIN, file), [...args], { cwd })).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${file} ${args.join(" ")}\n${stdout}${stderr}`);
  }
}

const TYPED = `
import { type Answer, type OpenOptions, openPredictor, PredictError } from "marquee-predict";
import { MarqueePredict } from "marquee-predict/element";
const options: OpenOptions = { runtime: new URL("https://a.example/"), signal: AbortSignal.timeout(1) };
export async function use(file: File): Promise<string[]> {
  const predictor = await openPredictor("model/", options);
  const answer: Answer = await predictor.predict({ title: "Heat", poster: file }, { explain: true });
  // @ts-expect-error there is no such option
  await predictor.predict({}, { top: 1 });
  // @ts-expect-error a number has no selected labels
  const wrong: string[] = answer.selected;
  return "selected" in answer ? answer.selected : wrong;
}
export const field = (error: unknown) => (error instanceof PredictError ? error.field : undefined);
export const component: MarqueePredict = document.createElement("marquee-predict");
`;

export function testInstalled(sites: () => Sites): void {
  test("the types need no other package, and publint and attw find nothing", async () => {
    const { npm } = sites();
    const root = join(npm, "..");
    const own = join(npm, "marquee-predict");
    await writeFile(join(root, "typed.ts"), TYPED);
    const compilerOptions = {
      ...{ module: "esnext", moduleResolution: "bundler", target: "es2022", types: [] },
      ...{ strict: true, noEmit: true, skipLibCheck: false, lib: ["es2022", "dom"] },
    };
    await writeFile(
      join(root, "tsconfig.json"),
      JSON.stringify({ compilerOptions, files: ["typed.ts"] }),
    );
    await run("tsc", ["-p", "."], root);
    const { stdout } = await promisify(execFile)(
      "npm",
      ["pack", "--ignore-scripts", "--silent", "--pack-destination", root],
      { cwd: own },
    );
    const packed = join(root, stdout.trim());
    const [publint] = await Promise.all([
      run("publint", [packed, "--strict"], root),
      run("attw", [packed, "--profile", "esm-only", "--no-color"], root),
    ]);
    assert.match(publint, /All good!/);
  });

  test("what its files contain of others is named", async () => {
    const own = join(sites().npm, "marquee-predict");
    const files = await readdir(join(own, "dist"));
    const notice = await readFile(join(own, "THIRD-PARTY.txt"), "utf8");
    const contained = new Set<string>();
    for (const file of files.filter((name) => name.endsWith(".js"))) {
      const text = await readFile(join(own, "dist", file), "utf8");
      // The build names the file that each part comes from.
      for (const [, name] of text.matchAll(/^\/\/.*node_modules\/((?:@[^/]+\/)?[^/]+)\//gm)) {
        contained.add(name!);
      }
    }
    assert.deepEqual([...contained].sort(), [
      "@huggingface/tokenizers",
      "@jsquash/avif",
      "csv-parse",
      "zod",
    ]);
    for (const name of contained) assert.ok(notice.includes(`${name} (`), name);
    assert.equal(files.filter((name) => name.endsWith(".wasm")).length, 4, files.join());
  });

  test("bundled by Vite, with the component, the worker and the runtime, it answers from one origin", async () => {
    const { npm, context, cdn, answer } = sites();
    const root = join(npm, "..");
    await writeFile(
      join(root, "index.html"),
      '<!doctype html><title>Bundled</title><script type="module" src="main.js"></script>',
    );
    await writeFile(
      join(root, "main.js"),
      `import { openPredictor } from "marquee-predict";
       import "marquee-predict/element";
       const predictor = await openPredictor(${JSON.stringify(`${cdn.url}/model`)});
       window.threads = predictor.threads;
       window.answer = await predictor.predict(${JSON.stringify(MOVIE)});`,
    );
    await build({
      ...{ root, configFile: false, logLevel: "warn", worker: { format: "es" } },
      build: {
        target: "es2023",
        minify: false,
        rolldownOptions: { checks: { pluginTimings: false } },
      },
    });
    const server = await serveFolder(join(root, "dist"));
    const page = await context.newPage();
    page.on("pageerror", (error) => assert.fail(error));
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.goto(server.url);
    await page.waitForFunction(() => "answer" in window);
    assertSameAnswer(
      await page.evaluate(() => (window as unknown as { answer: unknown }).answer),
      await answer(MOVIE),
    );
    const [threads, cores] = await page.evaluate(() => {
      const { threads } = window as unknown as { threads: number };
      return [threads, navigator.hardwareConcurrency] as const;
    });
    assert.equal(threads > 1, cores > 1, `${threads} threads`);
    // The CDN has the bundle, and the package, too.
    assert.deepEqual(
      asked.filter((url) => !url.startsWith(server.url) && !url.includes("/model/")),
      [],
    );
    await page.close();
    await server.close();
  });
}
