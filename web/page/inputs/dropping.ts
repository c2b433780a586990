/** Files and images that are dropped or pasted anywhere on the page, or in an element with a form, and the field that gets them. */

import { strings } from "../../strings/strings.ts";
import { type FileKind, folderIn, imageIn, kindOf } from "./dropped.ts";

/** What is dragged from other pages: links, and images, which some browsers give as HTML only. */
const OF_PAGES = ["text/uri-list", "text/html"];

interface FileTaker {
  /** Whether the field reads files of this kind. */
  readonly reads: (kind: FileKind) => boolean;
  readonly isEmpty: () => boolean;
  readonly take: (file: File) => void;
  /** Says beside the field why something is not taken. */
  readonly refuse: (message: string) => void;
}

type Area = [HTMLElement, FileTaker];
type Root = Document | ShadowRoot;

/** By the area of each field; one that is no longer on the page gets nothing. */
const takers = new Map<HTMLElement, FileTaker>();
const listening = new WeakSet<Root>();

/**
 * @param area On which a file goes to this field, if it reads such; another one goes to the first empty field that reads
 *   files of its kind.
 * @param root What the form is in: what is dropped outside of it is not its own.
 */
export function takeFiles(area: HTMLElement, root: Root, taker: FileTaker): void {
  if (!listening.has(root)) listen(root);
  listening.add(root);
  takers.set(area, taker);
}

function fieldFor(root: Root, target: EventTarget | null, kind: FileKind): Area | undefined {
  for (const area of takers.keys()) if (!area.isConnected) takers.delete(area);
  const all = [...takers].filter(([area]) => area.getRootNode() === root);
  const own = all.find(([area]) => target instanceof Node && area.contains(target));
  const reading = all.filter(([, { reads }]) => reads(kind));
  const isOwn = own && (reading.includes(own) || kind === "unknown");
  // Where no field reads such a file, one says so.
  return (
    (isOwn ? own : undefined) ??
    reading.find(([, { isEmpty }]) => isEmpty()) ??
    reading[0] ??
    own ??
    all[0]
  );
}

/** Gives each file to a field of its own, as far as there are any. */
function giveFiles(root: Root, target: EventTarget | null, files: readonly File[]): void {
  const given = new Set<HTMLElement>();
  for (const file of files) {
    const [area, taker] = fieldFor(root, target, kindOf(file)) ?? [];
    if (!area || given.has(area)) continue;
    given.add(area);
    taker!.take(file);
  }
}

/** @returns Whether something was done with what is there instead of a file. */
function giveOther(root: Root, target: EventTarget | null, data: DataTransfer): boolean {
  const image = imageIn(data);
  const taker = fieldFor(root, target, "image")?.[1];
  if (!image || !taker?.reads("image")) return false;
  image.then(taker.take, ({ message }: Error) => taker.refuse(message));
  return true;
}

function listen(root: Root): void {
  const on = root as Document; // whose events a shadow root has, too
  const mark = (over: HTMLElement | undefined) => {
    for (const area of takers.keys()) area.toggleAttribute("data-over", area === over);
  };
  on.addEventListener("dragover", (event) => {
    const data = event.dataTransfer;
    if (!data || !isForUs(event, data)) return;
    event.preventDefault();
    const [item] = [...data.items].filter(({ kind }) => kind === "file");
    mark(fieldFor(root, event.target, item ? kindOf({ name: "", type: item.type }) : "image")?.[0]);
  });
  on.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) mark(undefined);
  });
  on.addEventListener("drop", (event) => {
    const data = event.dataTransfer;
    if (!data || !isForUs(event, data)) return;
    event.preventDefault();
    mark(undefined);
    const folder = folderIn(data);
    if (folder !== undefined) {
      fieldFor(root, event.target, "unknown")?.[1].refuse(strings.inputs.isFolder(folder));
    } else if (data.files.length > 0) giveFiles(root, event.target, [...data.files]);
    else giveOther(root, event.target, data);
  });
  on.addEventListener("paste", (event) => {
    const data = event.clipboardData;
    // Spreadsheets add a picture of the cells that were copied; a field of text gets their text.
    if (!data || (isText(event.target) && data.types.includes("text/plain"))) return;
    if (data.files.length > 0) giveFiles(root, event.target, [...data.files]);
    else if (!giveOther(root, event.target, data)) return;
    event.preventDefault();
  });
}

/** Files, and links and images of other pages, which the browser would open in place of this page. */
function isForUs({ target }: Event, { types }: DataTransfer): boolean {
  return (
    types.includes("Files") || (types.some((type) => OF_PAGES.includes(type)) && !isText(target))
  );
}

function isText(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest("textarea, input:not([type=radio], [type=checkbox])") !== null
  );
}
