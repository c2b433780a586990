/** What was dropped or pasted: files by their kind, folders, and images of other pages by their addresses. */

import { strings } from "../../strings/strings.ts";

/** What a file is to be read as, by its name and media type. */
export type FileKind = "image" | "table" | "json" | "unknown";

const KINDS: readonly [FileKind, name: RegExp, type: RegExp][] = [
  // Windows has Excel's type for CSV files; a spreadsheet is refused by the field that reads tables.
  ["table", /\.(?:csv|tsv|tab|txt|xlsx?|ods)$/i, /^text\/(?!html)|excel|spreadsheet/],
  ["json", /\.json$/i, /^application\/json$/],
  ["image", /\.(?:jpe?g|jfif|png|webp|avif|gif|hei[cf]|bmp|tiff?|svg|jxl)$/i, /^image\//],
];

export function kindOf({ name, type }: Pick<File, "name" | "type">): FileKind {
  const found =
    KINDS.find(([, names]) => names.test(name)) ?? KINDS.find(([, , types]) => types.test(type));
  return found?.[0] ?? "unknown";
}

/** @returns The name of the first folder. */
export function folderIn({ items }: DataTransfer): string | undefined {
  for (const item of items) {
    const entry = item.kind === "file" ? item.webkitGetAsEntry?.() : undefined;
    if (entry?.isDirectory) return entry.name;
  }
  return undefined;
}

/**
 * The image that a link, or an image of another page, is. An image of another site is not loaded: that would tell the site
 * what is entered here, and the page's policy forbids it.
 *
 * @returns undefined where there is neither; rejects with an Error for the user.
 */
export function imageIn(data: DataTransfer): Promise<File> | undefined {
  const address = addressIn(data);
  return address === undefined ? undefined : loadImage(address);
}

function addressIn(data: DataTransfer): string | undefined {
  const list = data.getData("text/uri-list").split(/\r?\n/);
  // A link around an image leads elsewhere.
  const html = /<img\b[^>]*?\ssrc\s*=\s*["']([^"']+)/i.exec(data.getData("text/html"))?.[1];
  const found = [html?.replaceAll("&amp;", "&"), ...list, data.getData("text/plain").trim()];
  return found.find((text) => text !== undefined && /^(?:https?:\/\/|data:image\/)\S+$/.test(text));
}

async function loadImage(address: string): Promise<File> {
  const inAddress = /^data:(image\/[\w.+-]+)(?:;[^,]*)?;base64,(.*)$/s.exec(address);
  if (inAddress) {
    const [, type, base64] = inAddress;
    return new File([bytesOf(base64!)], "image", { type: type! });
  }
  if (new URL(address).origin !== location.origin) {
    throw new Error(strings.inputs.otherSite);
  }
  const blob = await fetchImage(address);
  return new File([blob], "image", { type: blob.type });
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(decodeURIComponent(base64)), (character) =>
      character.charCodeAt(0),
    );
  } catch {
    throw new Error(strings.inputs.damagedAddress);
  }
}

async function fetchImage(address: string): Promise<Blob> {
  try {
    const response = await fetch(address);
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return await response.blob();
  } catch (error) {
    throw new Error(strings.inputs.imageNotLoaded((error as Error).message));
  }
}
