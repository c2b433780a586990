/** What can go wrong with the page itself and not with what was entered, by code: for a table of the page's language. */

import type { Issue } from "../predictor/issues.ts";

export type Troubles = typeof TROUBLES;

export const TROUBLES = {
  noGraph: ({ bundle, files }: { bundle: string; files: string }) =>
    `the bundle "${bundle}" has none of ${files}`,
  wrongLength: ({ file, bytes, expected }: { file: string; bytes: number; expected: number }) =>
    `${file} is damaged: it has ${bytes} bytes, expected ${expected}. Reload the page.`,
  wrongHash: ({ file }: { file: string }) =>
    `${file} is damaged: its SHA-256 differs. Reload the page.`,
  notDownloaded: ({ file, reason }: { file: string; reason: string }) =>
    `${file} could not be downloaded (${reason})`,
  badStatus: ({ file, status }: { file: string; status: number }) =>
    `${file} could not be downloaded (the server answered ${status})`,
  brokeOff: ({ file, bytes, reason }: { file: string; bytes: number; reason: string }) =>
    `the download of ${file} broke off after ${bytes} bytes (${reason})`,
  stalled: ({ file, seconds }: { file: string; seconds: number }) =>
    `the download of ${file} has stalled: nothing came for ${seconds} seconds, twice; check the network, then try again`,
  noSimd: ({ format }: { format: string }) =>
    `this browser cannot run the decoder of ${format} files, which needs WebAssembly with SIMD; update the browser`,
  partMissing: () =>
    "part of this page could not be loaded: there is a newer version of the page, or no network; reload the page",
  notLoaded: () =>
    "part of this page could not be loaded: there is a newer version of the page, or no network",
  differs: ({ by, allowed }: { by: string; allowed: number }) =>
    `its answers differ from WebAssembly's by ${by} (allowed: ${allowed})`,
};

/** An error in words for the user, in English, and by its code for any language. */
export class Trouble<Code extends keyof Troubles = keyof Troubles> extends Error {
  readonly trouble: Issue;

  constructor(
    code: Code,
    ...[parts]: Parameters<Troubles[Code]>[0] extends undefined ? [] : Parameters<Troubles[Code]>
  ) {
    super(inLanguage({ code, parts }, TROUBLES));
    this.name = "Trouble";
    this.trouble = { code, parts };
  }
}

export function inLanguage({ code, parts }: Issue, table: Troubles): string {
  return (table[code as keyof Troubles] as (parts: unknown) => string)(parts);
}
