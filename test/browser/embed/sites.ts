/** Three origins: a CDN that has the package, a Marquee server that has the bundle and the page, and a site that uses them. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import express, { type RequestHandler } from "express";
import type { BrowserContext, Page } from "playwright-core";
import { createRandom } from "../../../pipeline/common/random.ts";
import { GENRES } from "../../../pipeline/dataset/sample/genres.ts";
import { drawPoster } from "../../../pipeline/dataset/sample/poster.ts";
import { buildPackage, EMBED } from "../../../web/build/embed/package.ts";
import { createLab } from "../../serve/server.ts";
import { launchForTests } from "../harness/chromium.ts";
import { createJobQueue } from "../harness/jobQueue.ts";
import { driveAt, type OtherBrowser } from "../harness/otherBrowsers.ts";
import { scriptText } from "../harness/script.ts";
import { builtSite } from "../harness/site.ts";

export const MOVIE = {
  title: "Heat (1995)",
  ratings: [{ user: "u3", stars: 5 }, { stars: 2 }],
};

export interface Origin {
  /** Without a slash at its end. */
  readonly url: string;
  close(): Promise<void>;
}

/** Serves on a port of its own, which makes another origin. */
export async function startOrigin(...handlers: RequestHandler[]): Promise<Origin> {
  const server = express()
    .use(...handlers)
    .listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** What CDNs send with every file. */
export const allowAll: RequestHandler = (_request, response, next) => {
  response.set("access-control-allow-origin", "*");
  next();
};

type HostPath = "/plain" | "/isolated" | "/strict";

/** Headers of the site's pages. @param cdn Origin of package and runtime. @param bundle That of the bundle. */
const HEADERS: Readonly<
  Record<HostPath, (cdn: string, bundle: string) => Readonly<Record<string, string>>>
> = {
  "/plain": () => ({}),
  "/isolated": () => ({
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
  }),
  // As docs/embed.md has it.
  "/strict": (cdn, bundle) => ({
    "content-security-policy": `script-src ${cdn} 'wasm-unsafe-eval'; connect-src ${bundle} ${cdn}; worker-src blob: ${cdn}; img-src blob:`,
  }),
};

/** The site's pages, empty but for a heading. @param script Of a page, in HTML. */
export function hostPages(
  others: () => { cdn: string; bundle: string },
  script = "",
): RequestHandler {
  return ({ path }, response, next) => {
    if (!(path in HEADERS)) return next();
    const { cdn, bundle } = others();
    response.set(HEADERS[path as HostPath](cdn, bundle)).type("html");
    response.send(
      `<!doctype html><html lang="en"><title>Host</title>${script}<header><h1>Host</h1></header><main></main>`,
    );
  };
}

/** A page of the site, in whatever browser. */
export interface Host extends Pick<Page, "evaluate"> {
  close(): Promise<void>;
}

const DRIVER = '<script type="module" src="driver.js"></script>';

export interface Sites {
  /** `node_modules` with the built package, and onnxruntime-web beside it. */
  readonly npm: string;
  readonly host: Origin;
  readonly cdn: Origin;
  /** Origin of the Marquee server. */
  readonly server: string;
  /** URLs of a bundle's folder, of the package's modules, and of the page for a frame. */
  readonly urls: {
    readonly bundle: string;
    readonly index: string;
    readonly element: string;
    readonly page: string;
  };
  readonly context: BrowserContext;
  readonly poster: Buffer;
  /** Opens a page of the site, and fails where a script of it does. */
  openHost(path?: HostPath): Promise<Page>;
  /** Opens a page of the site in a browser without a driver. @returns Or why there is no such browser here. */
  openHostIn(browser: OtherBrowser, path: HostPath): Promise<Host | string>;
  /** The server's answer. */
  answer(movie: Readonly<Record<string, unknown>>): Promise<unknown>;
  close(): Promise<void>;
}

export async function startSites(): Promise<Sites> {
  const [npm, lab] = [await installed(), await createLab(["fp32", "q8"])];
  const cdn = await startOrigin(
    allowAll,
    express.static(npm),
    express.Router().use("/model", express.static(lab.model)),
  );
  let server = { url: "" };
  const others = () => ({ cdn: cdn.url, bundle: server.url });
  const driven = express.Router();
  const host = await startOrigin(driven, hostPages(others));
  server = await lab.serve({
    site: await builtSite(lab.model),
    precision: "q8",
    cors: [host.url],
    embedOrigins: [host.url],
  });
  const browser = await launchForTests();
  const context = await browser.newContext({ locale: "en" });
  context.setDefaultTimeout(60_000);
  // What tsx writes around functions that have names.
  await context.addInitScript({ content: "globalThis.__name = (named) => named" });
  return {
    ...{ npm, host, cdn, server: server.url, context },
    urls: {
      bundle: `${server.url}/model`,
      index: `${cdn.url}/marquee-predict/dist/index.js`,
      element: `${cdn.url}/marquee-predict/dist/element.js`,
      page: `${server.url}/?embed=1&origin=${encodeURIComponent(host.url)}`,
    },
    poster: await drawPoster(createRandom(3), [GENRES[4]!], "plain"),
    async openHost(path = "/plain") {
      const page = await context.newPage();
      page.on("pageerror", (error) => assert.fail(error));
      await page.goto(host.url + path);
      return page;
    },
    async openHostIn(browser, path) {
      const queue = createJobQueue(browser.name);
      const script = await scriptText(fileURLToPath(new URL("host.page.ts", import.meta.url)));
      const place = `/${encodeURIComponent(browser.name)}`;
      driven.get(`${place}/driver.js`, (_, response) => void response.type("js").send(script));
      driven.use(place, queue.routes, hostPages(others, DRIVER));
      const page = await driveAt(browser, queue, host.url + place + path);
      if (typeof page === "string") return page;
      const evaluate = (program: unknown, argument?: unknown) =>
        page.run({ program: String(program), argument });
      return { evaluate: evaluate as Host["evaluate"], close: page.close };
    },
    answer: (movie) => serverAnswer(server.url, movie),
    async close() {
      await browser.close();
      await Promise.all([lab.close(), host.close(), cdn.close()]);
      await rm(join(npm, ".."), { recursive: true, force: true });
    },
  };
}

/** The package as npm would install it. */
async function installed(): Promise<string> {
  const npm = join(await mkdtemp(join(tmpdir(), "marquee-site-")), "node_modules");
  const own = join(npm, "marquee-predict");
  await mkdir(own, { recursive: true });
  await buildPackage(join(own, "dist"));
  for (const name of ["package.json", "README.md", "THIRD-PARTY.txt"]) {
    await cp(join(EMBED, name), join(own, name));
  }
  await cp("LICENSE", join(own, "LICENSE"));
  await symlink(resolve("node_modules/onnxruntime-web"), join(npm, "onnxruntime-web"));
  return npm;
}

async function serverAnswer(
  url: string,
  movie: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  const form = new FormData();
  for (const [name, value] of Object.entries(movie)) {
    if (Buffer.isBuffer(value)) form.append(name, new Blob([new Uint8Array(value)]), "poster.jpg");
    else form.append(name, typeof value === "string" ? value : JSON.stringify(value));
  }
  const response = await fetch(`${url}/v1/predict`, { method: "POST", body: form });
  assert.equal(response.status, 200);
  return response.json();
}
