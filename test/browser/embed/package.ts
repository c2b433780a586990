/** The package on pages of another origin: the server's answers, mistakes by name, and what is missing. */

import assert from "node:assert/strict";
import { test } from "node:test";
import express from "express";
import type * as Package from "../../../web/embed/index.ts";
import { assertSameAnswer } from "../page/openPage.ts";
import { allowAll, type Host, MOVIE, type Sites, startOrigin } from "./sites.ts";

/** Put before the worker's program: a device without room for the runtime. */
const NO_MEMORY = `WebAssembly.Memory = class {
  constructor() { throw new RangeError("WebAssembly.Memory(): could not allocate memory"); }
};`;

/** Runs in a page of the site, with the package loaded from the CDN. */
export async function withPackage<Argument, Result>(
  { urls, poster }: Sites,
  page: Host,
  program: (
    api: typeof Package,
    given: { bundle: string; poster: number[]; more: Argument },
  ) => Promise<Result>,
  more: Argument = undefined as Argument,
): Promise<Result> {
  const given = { bundle: urls.bundle, poster: [...poster], more };
  return page.evaluate(
    async ([text, url, argument]) => {
      const api = await import(url as string);
      return new Function(`return (${text})(...arguments)`)(api, argument);
    },
    [String(program), urls.index, given] as const,
  ) as Promise<Result>;
}

export function testPackage(sites: () => Sites): void {
  for (const path of ["/plain", "/isolated"] as const) {
    test(`openPredictor on a ${path.slice(1)} page: the server's answers, files as Blob or bytes`, async () => {
      const page = await sites().openHost(path);
      const result = await withPackage(
        sites(),
        page,
        async ({ openPredictor }, { bundle, poster, more: movie }) => {
          const predictor = await openPredictor(bundle);
          const bytes = Uint8Array.from(poster);
          const [plain, blob, buffer, few] = await Promise.all([
            predictor.predict(movie),
            predictor.predict({ ...movie, poster: new Blob([bytes]) }, { explain: true }),
            predictor.predict({ poster: bytes.buffer }),
            predictor.predict({ title: "Alien" }, { topK: 2, threshold: 0.1 }),
          ]);
          predictor.close();
          const { threads, model, inputs } = predictor;
          const types = Object.entries(inputs).map(([name, { type }]) => [name, type]);
          return { threads, model, types, plain, blob, buffer, few };
        },
        MOVIE,
      );
      assertSameAnswer(result.plain, await sites().answer(MOVIE));
      assertSameAnswer(
        result.blob,
        await sites().answer({ ...MOVIE, poster: sites().poster, explain: true }),
      );
      assertSameAnswer(result.buffer, await sites().answer({ poster: sites().poster }));
      assertSameAnswer(
        result.few,
        await sites().answer({ title: "Alien", topK: 2, threshold: 0.1 }),
      );
      assert.equal(result.model.name, "tiny");
      assert.deepEqual(result.types[0], ["title", "text"]);
      assert.equal(result.threads > 1, path === "/isolated", `${result.threads} threads`);
      await page.close();
    });
  }

  test("too little memory with threads: one thread answers, and is remembered by the site", async () => {
    const page = await sites().openHost("/isolated");
    const opened = await withPackage(
      sites(),
      page,
      async ({ openPredictor }, { bundle, more: { program, before } }) => {
        const toUrl = (text: string) =>
          URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
        const whole = `import ${JSON.stringify(program)};`;
        const programs = [`import ${JSON.stringify(toUrl(before))}; ${whole}`, whole];
        const worker = () => new Worker(toUrl(programs.shift()!), { type: "module" });
        const predictors = [await openPredictor(bundle, { worker }), await openPredictor(bundle)];
        const answer = await predictors[0]!.predict({ title: "Heat (1995)" });
        for (const predictor of predictors) predictor.close();
        localStorage.clear();
        return { threads: predictors.map(({ threads }) => threads), answer };
      },
      { program: sites().urls.index.replace("index.js", "worker.js"), before: NO_MEMORY },
    );
    assert.deepEqual(opened.threads, [1, 1]);
    assertSameAnswer(opened.answer, await sites().answer({ title: "Heat (1995)" }));
    await page.close();
  });

  test("mistakes are named, signals end what they belong to, and a closed predictor says so", async () => {
    const page = await sites().openHost();
    const { errors, ...others } = await withPackage(
      sites(),
      page,
      async ({ openPredictor }, { bundle }) => {
        const fail = (work: Promise<unknown>) =>
          work.then(
            () => "no error",
            ({ name, message }) => `${name}: ${message}`,
          );
        const predictor = await openPredictor(`${bundle}/`);
        const errors = [];
        for (const item of [
          { tilte: "Heat" },
          { title: ["Heat"] },
          { poster: "a.jpg" },
          { poster: new Uint8Array(9) },
          { ratings: [{ stars: 6 }] },
          { ratings: "many" },
          {},
          [],
        ]) {
          errors.push(await fail(predictor.predict(item as Record<string, unknown>)));
        }
        errors.push(await fail(predictor.predict({ title: "Heat" }, { topK: 0 })));
        const field = await predictor
          .predict({ ratings: [{ stars: 6 }] })
          .catch((error) => error.field);
        const early = await fail(
          predictor.predict({ title: "a" }, { signal: AbortSignal.abort() }),
        );
        const controller = new AbortController();
        const late = fail(predictor.predict({ title: "Heat" }, { signal: controller.signal }));
        controller.abort(new Error("enough"));
        const still = await fail(predictor.predict({ title: "Heat" }));
        const last = fail(predictor.predict({ title: "Heat" }));
        predictor.close();
        const closed = await fail(predictor.predict({ title: "Heat" }));
        const opening = new AbortController();
        const opened = fail(openPredictor(bundle, { signal: opening.signal }));
        opening.abort();
        return {
          ...{ errors, field, early, late: await late, still, last: await last, closed },
          opened: await opened,
        };
      },
    );
    const names = "title, year, poster, ratings";
    assert.deepEqual(errors, [
      `PredictError: tilte: is not an input of this model, which has ${names}`,
      "PredictError: title: is not text",
      "PredictError: poster: is not a file: a Blob, an ArrayBuffer or a Uint8Array",
      "PredictError: poster: cannot be decoded as an image (it is not a JPEG, PNG, WebP, AVIF or GIF)",
      "PredictError: ratings[0].stars: 6 is outside 1 to 5",
      "PredictError: ratings: is not a list of ratings",
      `PredictError: item: says nothing; give at least one of ${names}`,
      `PredictError: item: is not an object of ${names}`,
      "PredictError: topK: is not a whole number from 1 to 1000",
    ]);
    assert.deepEqual(others, {
      field: "ratings[0].stars",
      early: "AbortError: signal is aborted without reason",
      late: "Error: enough",
      still: "no error",
      last: "no error",
      closed: "PredictError: the predictor is closed",
      opened: "AbortError: signal is aborted without reason",
    });
    await page.close();
  });

  test("what is missing is named: the bundle's header, the bundle, the runtime", async () => {
    const closed = await startOrigin(express.static("models"));
    const lonely = await startOrigin(
      allowAll,
      express.static(`${sites().npm}/marquee-predict/dist`),
    );
    const page = await sites().openHost();
    const open = (api: string, bundle: string, runtime?: string) =>
      page.evaluate(
        async ([url, folder, files]) => {
          const { openPredictor } = (await import(url!)) as typeof Package;
          return openPredictor(folder!, files ? { runtime: files } : {}).then(
            () => "opened",
            ({ message }) => message as string,
          );
        },
        [api, bundle, runtime] as const,
      );
    const runtime = `${sites().cdn.url}/onnxruntime-web/dist`;
    assert.equal(
      await open(sites().urls.index, `${closed.url}/none`),
      `the model ${closed.url}/none/ cannot be opened: manifest.json could not be downloaded (${closed.url} answers, but not with the header Access-Control-Allow-Origin for ${sites().host.url}; Marquee's server sends it with --cors ${sites().host.url})`,
    );
    assert.equal(
      await open(sites().urls.index, `${sites().cdn.url}/none`),
      `the model ${sites().cdn.url}/none/ cannot be opened: manifest.json could not be downloaded (the server answered 404)`,
    );
    const index = `${lonely.url}/index.js`;
    assert.match(
      await open(index, sites().urls.bundle),
      /onnxruntime-web is neither resolved by a bundler nor beside this package: http.*ort\.wasm\.min\.mjs cannot be loaded .*Set `runtime` to the URL of a folder with /,
    );
    assert.match(
      await open(index, sites().urls.bundle, `${closed.url}/none/`),
      /onnxruntime-web is not there: http.*none\/ort\.wasm\.min\.mjs cannot be loaded/,
    );
    assert.equal(await open(index, sites().urls.bundle, runtime), "opened");
    await page.close();
    await Promise.all([closed.close(), lonely.close()]);
  });
}
