/** Visits of the page with every browser that is here, and every kind of file server: bytes and times. */

import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { launchChromium } from "../../test/browser/harness/chromium.ts";
import { OTHER_BROWSERS, startBrowser } from "../../test/browser/harness/otherBrowsers.ts";
import {
  type FileServer,
  type ServeOptions,
  serveFolder,
} from "../../test/browser/harness/serve.ts";
import { median } from "../statistics.ts";

/** Time after the page is ready in which its service worker stores the rest, in milliseconds. */
const STORING_MS = 4000;
/** Milliseconds; a page that is not ready by then has failed. */
const LIMIT = 180_000;

const SERVERS: readonly [name: string, ServeOptions][] = [
  ["plain", {}],
  ["`gzip_static`", { compressed: "gzip_static" }],
  ["`brotli_static`", { compressed: "brotli_static" }],
];

interface Opener {
  readonly name: string;
  /** Opens an address with a new profile. */
  open(url: string): Promise<{ close(): Promise<void> } | string>;
}

const OPENERS: readonly Opener[] = [
  {
    name: "Chromium",
    async open(url) {
      const browser = await launchChromium();
      // Not awaited: the page itself says when it is ready.
      (await browser.newPage()).goto(url).catch(() => {});
      return browser;
    },
  },
  ...OTHER_BROWSERS.filter(({ name }) => !name.includes("resists")).map((browser) => ({
    name: browser.name,
    open: (url: string) => startBrowser(browser, url),
  })),
];

export interface VisitFigures {
  readonly browser: string;
  readonly server: string;
  /** Bytes sent until the page could be used. */
  readonly bytes: number;
  /** Bytes sent in total. */
  readonly allBytes: number;
  /** Median time from navigation until the model is ready on a first visit, in milliseconds. */
  readonly first: number;
  /** The same on a later visit. */
  readonly again: number;
}

/** Reports when the model is ready; and once more, after a reload. */
const REPORT = `
const timer = setInterval(async () => {
  const failed = document.querySelector("#failed:not([hidden]) #failed-text")?.textContent;
  if (!failed && !document.querySelector("#loading").hidden) return;
  clearInterval(timer);
  const now = performance.now();
  const visit = Number(sessionStorage.getItem("visit") ?? 0);
  sessionStorage.setItem("visit", visit + 1);
  await fetch("report?visit=" + visit + "&ms=" + now + "&failed=" + encodeURIComponent(failed ?? ""));
  if (visit === 0) setTimeout(() => location.reload(), ${STORING_MS});
}, 5);
`;

/**
 * @param site Folder of a built site, which gets one more script.
 * @param visits With new profiles.
 * @throws Error if a page fails.
 */
export async function measureVisits(site: string, visits: number): Promise<VisitFigures[]> {
  await writeFile(join(site, "report.js"), REPORT);
  const page = await readFile(join(site, "index.html"), "utf8");
  const script = '<script type="module" src="./report.js"></script></body>';
  await writeFile(join(site, "index.html"), page.replace("</body>", script));
  for (const ending of [".br", ".gz"]) await rm(join(site, `index.html${ending}`), { force: true });
  const figures: VisitFigures[] = [];
  for (const opener of OPENERS) {
    for (const [name, options] of SERVERS) {
      const measured: Visit[] = [];
      for (let i = 0; i < visits; i++) {
        const visit = await visitOnce(opener, site, options);
        if (typeof visit === "string") {
          console.error(visit);
          break;
        }
        measured.push(visit);
      }
      if (measured.length === 0) continue;
      figures.push({
        browser: opener.name,
        server: name,
        bytes: median(measured.map(({ bytes }) => bytes)),
        allBytes: median(measured.map(({ allBytes }) => allBytes)),
        first: median(measured.map(({ first }) => first)),
        again: median(measured.map(({ again }) => again)),
      });
    }
  }
  return figures;
}

type Visit = Omit<VisitFigures, "browser" | "server">;

async function visitOnce(
  opener: Opener,
  site: string,
  options: ServeOptions,
): Promise<Visit | string> {
  const server = await serveFolder(site, { isolated: false, ...options });
  const opened = await opener.open(server.url);
  if (typeof opened === "string") {
    await server.close();
    return opened;
  }
  try {
    const first = await reported(server, opener.name, 0);
    const again = await reported(server, opener.name, 1);
    return { first: first.ms, again: again.ms, bytes: first.bytes, allBytes: again.bytes };
  } finally {
    await opened.close();
    await server.close();
  }
}

/** Waits for the page's report, which the server answers with 404. @returns With the bytes sent before it. */
async function reported(
  { requests }: FileServer,
  browser: string,
  visit: number,
): Promise<{ ms: number; bytes: number }> {
  for (const start = performance.now(); performance.now() - start < LIMIT; ) {
    const at = requests.findIndex(({ path }) => path.includes(`/report?visit=${visit}&`));
    if (at >= 0) {
      const query = new URL(requests[at]!.path, "http://localhost").searchParams;
      if (query.get("failed")) throw new Error(`${browser}: ${query.get("failed")}`);
      const bytes = requests.slice(0, at).reduce((sum, request) => sum + request.bytes, 0);
      return { ms: Number(query.get("ms")), bytes };
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${browser}: the page was not ready in time`);
}
