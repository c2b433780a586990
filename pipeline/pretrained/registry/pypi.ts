/** Wheels of the Python Package Index, or of the index that pip is set to. */

import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { readZip, type ZipEntry } from "../zip.ts";
import { download, request } from "./download.ts";
import { indexUrl } from "./pipConfig.ts";

export interface Wheel {
  readonly name: string;
  readonly version: string;
  readonly file: string;
  /** Of the file, lower-case hex. */
  readonly sha256: string;
}

/** Of JSON (PEP 691) and HTML (PEP 503), which older indexes have alone. */
const ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.2";

/**
 * Fetches a wheel, reads it, and removes it.
 *
 * @param folder Of downloads: what an interrupted run left there is used.
 * @param read Makes something of the wheel's files, by their paths.
 * @throws Error where the index or the file cannot be had, or the file is not the expected one.
 */
export async function fetchWheel<T>(
  wheel: Wheel,
  folder: string,
  read: (files: ReadonlyMap<string, ZipEntry>) => Promise<T>,
): Promise<T> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, wheel.file);
  await download(await urlOf(wheel, await indexUrl(process.env)), path, wheel.sha256);
  const result = await read(await readZip(await readFile(path), wheel.file));
  await rm(path);
  return result;
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
      `${shown}: ${response.status} ${response.statusText}; name another index in PIP_INDEX_URL`,
    );
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json");
  const files = isJson ? page.parse(JSON.parse(text)).files : await linksIn(text);
  const found = files.find(({ filename }) => filename === file);
  if (!found) throw new Error(`${shown} has no ${file}; name another index in PIP_INDEX_URL`);
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
