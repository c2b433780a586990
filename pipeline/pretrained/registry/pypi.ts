/** Wheels of the Python Package Index, or of the index that pip is set to. */

import * as z from "zod";
import type { Archive } from "./archive.ts";
import { request } from "./download.ts";
import { indexUrl } from "./pipConfig.ts";

export interface Wheel {
  readonly name: string;
  readonly version: string;
  readonly file: string;
  /** SHA-256 of the file, lower-case hex. */
  readonly sha256: string;
}

const VARIABLE = "PIP_INDEX_URL";

/** Prefers JSON (PEP 691) to HTML (PEP 503), the only form that older indexes have. */
const ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.2";

/** A wheel as an archive that can be fetched. */
export function wheelArchive(wheel: Wheel): Archive {
  return {
    source: `${wheel.name} ${wheel.version}`,
    file: wheel.file,
    sha256: wheel.sha256,
    variable: VARIABLE,
    find: async () => urlOf(wheel, await indexUrl(process.env)),
  };
}

const page = z.object({ files: z.array(z.object({ filename: z.string(), url: z.string() })) });

/** Where an index has a wheel. */
async function urlOf({ name, file }: Wheel, index: string): Promise<string> {
  const address = `${index}/${name}/`;
  const response = await request(address, { accept: ACCEPT });
  const { origin, pathname } = new URL(address);
  const shown = `${origin}${pathname}`;
  if (!response.ok)
    throw new Error(
      `${shown}: ${response.status} ${response.statusText}; name another index in ${VARIABLE}`,
    );
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json");
  const files = isJson ? page.parse(JSON.parse(text)).files : await linksIn(text);
  const found = files.find(({ filename }) => filename === file);
  if (!found) throw new Error(`${shown} has no ${file}; name another index in ${VARIABLE}`);
  const url = new URL(found.url, response.url || address);
  // What the index asks a login for, it asks one for in its files too.
  const { username, password } = new URL(address);
  if (url.origin === origin && !url.username) Object.assign(url, { username, password });
  return url.href;
}

async function linksIn(html: string): Promise<{ filename: string; url: string }[]> {
  // Takes a second to load, and newer indexes do not need it.
  const { parseHTML } = await import("linkedom");
  const { document } = parseHTML(html);
  return [...document.querySelectorAll("a")].map((link) => ({
    filename: link.textContent?.trim() ?? "",
    url: link.getAttribute("href") ?? "",
  }));
}
